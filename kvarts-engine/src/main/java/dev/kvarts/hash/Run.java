package dev.kvarts.hash;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Pinnable;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.manifest.RunMeta;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// One run, open for reading.
///
/// A lookup reads one page: mapped, it touches the tags in the page's first cache lines and one
/// record; positional, it is one read of at most two pages. A mapped page is checked when it is
/// first touched, a page read by a call every time.
///
/// Thread safety: any number of threads; closed when no reader is inside.
final class Run implements RecordSource, Pinnable {
    private static final int PAGE = RunFormat.PAGE_SIZE;
    private static final int TOUCH_LINES = 2; // of a record with 100 bytes of value
    private static final int FULL_CARRY = PAGE - RunFormat.PAGE_HEADER_SIZE;
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    // Fixed at construction.
    final long number;
    final int id;
    final long fileBytes;
    final long born;
    final RunStatistics statistics;
    final PageDirectory directory;
    volatile DeadBits dead; // replaced when a snapshot keeps what it was
    private final Directory files;
    private final String name;
    private final ReadableFile file;
    private final MemorySegment mapped; // null when lookups read positionally
    private final int sequenceWidth;
    private final long sequenceBase;
    private final long sequenceMask;
    private final long pages;
    private final long recordsPerPage; // 16 bits after the point
    private final long[] checked; // bits, set without care for races: a lost one is checked again

    // Shared.
    private final AtomicInteger pins = new AtomicInteger();
    private volatile boolean anyDead; // spares lookups in a run of live records a cache miss
    private final AtomicLong deadRecords = new AtomicLong();
    private final AtomicLong deadBytes = new AtomicLong();
    private volatile int partsExpired; // that somebody has been told of
    private ReadableFile jobFile; // guarded by this; mapped for jobs when lookups are positional

    private Run(
            Directory files,
            RunMeta meta,
            ReadableFile file,
            DeadBits dead,
            RunStatistics statistics,
            PageDirectory directory,
            int sequenceWidth,
            long sequenceBase) {
        this.files = files;
        this.number = meta.number();
        this.id = meta.id();
        this.fileBytes = meta.fileBytes();
        this.born = meta.born();
        this.name = file.name();
        this.file = file;
        this.mapped = file.mapped();
        this.statistics = statistics;
        this.directory = directory;
        this.dead = dead != null ? dead : new DeadBits(statistics.records());
        this.sequenceWidth = sequenceWidth;
        this.sequenceBase = sequenceBase;
        this.sequenceMask = -1L >>> 64 - 8 * sequenceWidth;
        this.pages = statistics.pages();
        this.recordsPerPage = pages == 0 ? 0 : (statistics.records() << 16) / pages;
        this.checked = new long[(int) (pages + 63 >>> 6)];
    }

    /// Opens a run and checks header, directory and trailer against what the manifest says of it.
    ///
    /// @param dead its dead bits if they are known, otherwise null
    static Run open(
            Directory files,
            long database,
            int keyspace,
            RunMeta meta,
            boolean mapped,
            DeadBits dead)
            throws IOException {
        String name = RunFormat.fileName(meta.number());
        if (!files.exists(name)) {
            throw new CorruptionException("run: file is missing", name, 0);
        }
        if (files.size(name) != meta.fileBytes()) {
            throw new CorruptionException(
                    "run: size is not as in the manifest, size="
                            + files.size(name)
                            + " expected="
                            + meta.fileBytes(),
                    name,
                    files.size(name));
        }
        ReadableFile file = files.open(name, mapped);
        try (Arena arena = Arena.ofConfined()) {
            long tail = Math.max(0, meta.fileBytes() - RunFormat.TRAILER_SIZE);
            MemorySegment header = arena.allocate(PAGE, 8);
            file.read(0, header);
            checkHeader(header, name, database, keyspace, meta.number());
            MemorySegment trailer = arena.allocate(RunFormat.TRAILER_SIZE, 8);
            file.read(tail, trailer);
            long pages = RunFormat.statistics(trailer, 0).pages();
            int width = RunFormat.directoryWidth(trailer, 0);
            long from = RunFormat.pageOffset(pages);
            boolean shaped =
                    pages >= 0
                            && pages <= meta.fileBytes() / PAGE
                            && (width == 2 || width == 4)
                            && RunFormat.expiryBytes(pages, width, tail) >= 0;
            if (!shaped) {
                throw new CorruptionException("run: trailer is damaged", name, tail);
            }
            MemorySegment footer = arena.allocate(meta.fileBytes() - from, 8);
            file.read(from, footer);
            if (footer.get(Bytes.INT, footer.byteSize() - 8)
                            != RunFormat.footerChecksum(footer, 0, footer.byteSize(), meta.number())
                    || footer.get(Bytes.INT, footer.byteSize() - 4) != RunFormat.END) {
                throw new CorruptionException("run: trailer is damaged", name, from);
            }
            var directory =
                    PageDirectory.read(
                            footer, 0, pages, RunFormat.directoryUnit(trailer, 0), width);
            return new Run(
                    files,
                    meta,
                    file,
                    dead,
                    RunFormat.statistics(
                            footer, tail - from, RunFormat.expiryBytes(pages, width, tail)),
                    directory,
                    RunFormat.sequenceWidth(header),
                    RunFormat.sequenceBase(header));
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private static void checkHeader(
            MemorySegment header, String name, long database, int keyspace, long number) {
        if (!RunFormat.headerValid(header)) {
            throw new CorruptionException("run: header is damaged", name, 0);
        }
        int version = RunFormat.version(header);
        if (version < RunFormat.VERSION_MIN || version > RunFormat.VERSION) {
            throw new CorruptionException(
                    "run: unknown format version="
                            + version
                            + " known="
                            + RunFormat.VERSION_MIN
                            + ".."
                            + RunFormat.VERSION,
                    name,
                    8);
        }
        if (RunFormat.database(header) != database
                || RunFormat.keyspace(header) != keyspace
                || RunFormat.run(header) != number) {
            throw new CorruptionException("run: belongs elsewhere", name, 16);
        }
    }

    /// Finds the record of the asked key, dead or alive. Returns its ordinal, or -1. The answer is
    /// in the lookup.
    long find(Lookup lookup) {
        long position = directory.position(lookup.hash);
        long page = directory.find(position);
        while (page >= 0) {
            lookup.reads++;
            long ordinal =
                    mapped != null ? searchMapped(lookup, page) : searchPositional(lookup, page);
            if (ordinal >= 0 || directory.positionOf(page) != position) {
                return ordinal;
            }
            page--;
        }
        return -1;
    }

    private long searchMapped(Lookup lookup, long page) {
        if (anyDead) { // beside the page's cache miss
            lookup.touched += dead.touch(page * recordsPerPage >>> 16);
        }
        check(mapped, page);
        return search(lookup, mapped, RunFormat.pageOffset(page), page, false);
    }

    /// As [#find], through the mapping that jobs use.
    long findMapped(Lookup lookup) {
        MemorySegment segment = mappedForJobs();
        long position = directory.position(lookup.hash);
        long page = directory.find(position);
        while (page >= 0) {
            check(segment, page);
            long ordinal = search(lookup, segment, RunFormat.pageOffset(page), page, false);
            if (ordinal >= 0 || directory.positionOf(page) != position) {
                return ordinal;
            }
            page--;
        }
        return -1;
    }

    private long searchPositional(Lookup lookup, long page) {
        long count = Math.min(2, pages - page);
        if (lookup.pages == null) {
            lookup.pages = Arena.ofAuto().allocate(2L * PAGE, 4096);
        }
        MemorySegment window = lookup.pages.asSlice(0, count * PAGE);
        try {
            file.read(RunFormat.pageOffset(page), window);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < count; i++) {
            if (!RunFormat.pageValid(window, (long) i * PAGE, number, page + i)) {
                throw new CorruptionException(
                        "run: page is damaged", name, RunFormat.pageOffset(page + i));
            }
        }
        return search(lookup, lookup.pages, 0, page, true);
    }

    CorruptionException damaged(long page) {
        return new CorruptionException("run: page is damaged", name, RunFormat.pageOffset(page));
    }

    private void check(MemorySegment segment, long page) {
        if ((checked[(int) (page >>> 6)] >>> page & 1) == 0) {
            if (!RunFormat.pageValid(segment, RunFormat.pageOffset(page), number, page)) {
                throw new CorruptionException(
                        "run: page is damaged", name, RunFormat.pageOffset(page));
            }
            checked[(int) (page >>> 6)] |= 1L << page;
        }
    }

    private long search(
            Lookup lookup, MemorySegment segment, long at, long page, boolean positional) {
        int count = RunFormat.count(segment, at);
        int keySize = RunFormat.keySize(segment, at);
        long pattern = (lookup.hash & 0xFF) * LOW_BITS;
        for (int i = 0; i < count; i += 8) {
            long difference =
                    segment.get(Bytes.LONG, at + RunFormat.PAGE_HEADER_SIZE + i) ^ pattern;
            long matches = difference - LOW_BITS & ~difference & HIGH_BITS;
            for (; matches != 0; matches &= matches - 1) {
                int index = i + (Long.numberOfTrailingZeros(matches) >>> 3);
                if (index < count
                        && matches(lookup, segment, at, page, index, count, keySize, positional)) {
                    return RunFormat.firstOrdinal(segment, at) + index;
                }
            }
        }
        return -1;
    }

    private boolean matches(
            Lookup lookup,
            MemorySegment segment,
            long at,
            long page,
            int index,
            int count,
            int uniformKeySize,
            boolean positional) {
        int valueSize = RunFormat.valueSize(segment, at);
        int start =
                RunFormat.recordOffset(
                        segment, at, index, count, uniformKeySize, valueSize, sequenceWidth);
        lookup.touch(segment, at + start, TOUCH_LINES, at + PAGE);
        long keySize = uniformKeySize;
        long size = valueSize;
        byte kind;
        long next = at + start;
        if (uniformKeySize != 0) {
            kind = RunFormat.kind(segment, at);
        } else {
            kind = RunFormat.kind(segment.get(Bytes.BYTE, next++));
            keySize = 0;
            for (int shift = 0; ; shift += 7) {
                byte part = segment.get(Bytes.BYTE, next++);
                keySize |= (part & 0x7FL) << shift;
                if (part >= 0) {
                    break;
                }
            }
            size = 0;
            for (int shift = 0; ; shift += 7) {
                byte part = segment.get(Bytes.BYTE, next++);
                size |= (part & 0x7FL) << shift;
                if (part >= 0) {
                    break;
                }
            }
        }
        if (keySize != lookup.keySize) {
            return false;
        }
        long payload = next + sequenceWidth;
        long here = at + PAGE - payload;
        if (keySize <= here && !Bytes.equal(segment, payload, lookup.key, lookup.keySize)) {
            return false;
        }
        long sequence = sequence(segment, next);
        if (size < EntryFormat.valueSizeMin(kind)) {
            throw new CorruptionException(
                    "run: value is too short", name, RunFormat.pageOffset(page) + start);
        }
        if (keySize + size <= here) {
            lookup.answer(
                    kind, segment, payload + keySize, size, sequence, positional ? null : this);
            return true;
        }
        MemorySegment whole =
                assemble(lookup, segment, at, page, payload - at, keySize + size, positional);
        if (keySize > here && !Bytes.equal(whole, 0, lookup.key, lookup.keySize)) {
            return false;
        }
        lookup.answer(kind, whole, keySize, size, sequence, null);
        return true;
    }

    private long sequence(MemorySegment segment, long at) {
        // Eight bytes can be read: a head is followed by a key, a page by another page, the last
        // page by the trailer.
        return sequenceBase + (segment.get(Bytes.LONG, at) & sequenceMask);
    }

    /// Key and value of a record that crosses pages, in a buffer of the asker.
    private MemorySegment assemble(
            Lookup lookup,
            MemorySegment segment,
            long at,
            long page,
            long start,
            long length,
            boolean positional) {
        if (lookup.assembled == null || lookup.assembled.byteSize() < length) {
            lookup.assembled = Arena.ofAuto().allocate(Math.max(length, 4L * PAGE), 8);
        }
        if (!positional) {
            copy(segment, page << 13 | start, 0, lookup.assembled, 0, length);
        } else {
            assemblePositional(lookup, segment, at, page, start, length);
        }
        return lookup.assembled;
    }

    private void assemblePositional(
            Lookup lookup, MemorySegment segment, long at, long page, long start, long length) {
        long done = Math.min(length, PAGE - start);
        MemorySegment.copy(segment, at + start, lookup.assembled, 0, done);
        MemorySegment window = segment;
        long windowAt = at + PAGE;
        long windowLeft = Math.min(2, pages - page) - 1;
        for (long next = page + 1; done < length; next++) {
            if (windowLeft == 0) {
                long count = Math.min(pages - next, (length - done + FULL_CARRY - 1) / FULL_CARRY);
                window = Arena.ofAuto().allocate(Math.min(count, 64) * PAGE, 8);
                lookup.reads++;
                try {
                    file.read(RunFormat.pageOffset(next), window);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                windowAt = 0;
                windowLeft = window.byteSize() / PAGE;
            }
            if (!RunFormat.pageValid(window, windowAt, number, next)) {
                throw new CorruptionException(
                        "run: page is damaged", name, RunFormat.pageOffset(next));
            }
            long part = Math.min(length - done, RunFormat.carry(window, windowAt));
            MemorySegment.copy(
                    window, windowAt + carryOffset(window, windowAt), lookup.assembled, done, part);
            done += part;
            windowAt += PAGE;
            windowLeft--;
        }
    }

    private static int carryOffset(MemorySegment segment, long at) {
        return RunFormat.contentOffset(
                RunFormat.count(segment, at), RunFormat.keySize(segment, at));
    }

    @Override
    public void copy(long reference, long from, MemorySegment target, long at, long length) {
        copy(mappedForJobs(), reference, from, target, at, length);
    }

    /// A reference is the page and, in its low 13 bits, where key and value begin on it. All pages
    /// that a record covers wholly carry the same number of bytes, so any part of it is found
    /// without a walk.
    private void copy(
            MemorySegment segment,
            long reference,
            long from,
            MemorySegment target,
            long at,
            long length) {
        long page = reference >>> 13;
        long start = reference & 0x1FFF;
        long here = PAGE - start;
        long done = 0;
        if (from < here) {
            done = Math.min(length, here - from);
            MemorySegment.copy(
                    segment, RunFormat.pageOffset(page) + start + from, target, at, done);
        }
        while (done < length) {
            long beyond = from + done - here;
            long next = page + 1 + beyond / FULL_CARRY;
            check(segment, next);
            long nextAt = RunFormat.pageOffset(next);
            long skip = beyond % FULL_CARRY;
            long part = Math.min(length - done, RunFormat.carry(segment, nextAt) - skip);
            if (part <= 0) {
                throw new CorruptionException("run: record goes on beyond its pages", name, nextAt);
            }
            MemorySegment.copy(
                    segment, nextAt + carryOffset(segment, nextAt) + skip, target, at + done, part);
            done += part;
        }
    }

    /// Begins a walk over the records whose hashes lie in a range, both ends included.
    RunCursor cursor(long firstHash, long lastHash, long seed) {
        return new RunCursor(this, mappedForJobs(), firstHash, lastHash, seed);
    }

    void checkPage(MemorySegment segment, long page) {
        check(segment, page);
    }

    long pages() {
        return pages;
    }

    int sequenceWidth() {
        return sequenceWidth;
    }

    long sequenceAt(MemorySegment segment, long at) {
        return sequence(segment, at);
    }

    MemorySegment mappedForJobs() {
        if (mapped != null) {
            return mapped;
        }
        synchronized (this) {
            if (jobFile == null) {
                try {
                    jobFile = files.open(name, true);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return jobFile.mapped();
        }
    }

    /// Marks a record dead. `bytes` are those of its key and value.
    void kill(long ordinal, long bytes) {
        if (dead.set(ordinal)) {
            anyDead = true;
            deadRecords.incrementAndGet();
            deadBytes.addAndGet(bytes);
        }
    }

    /// Leaves what is dead now to a snapshot, and goes on with a copy. Requires: nobody marks
    /// records.
    DeadBits keepDead() {
        DeadBits kept = dead;
        dead = kept.copy();
        return kept;
    }

    /// States what was dead before, as a checkpoint has it.
    void restoreDead(long records, long bytes) {
        deadRecords.set(records);
        deadBytes.set(bytes);
        anyDead = records > 0;
    }

    boolean isDead(long ordinal) {
        return anyDead && dead.get(ordinal);
    }

    long deadRecords() {
        return deadRecords.get();
    }

    long deadBytes() {
        return deadBytes.get();
    }

    long liveRecords() {
        return statistics.records() - deadRecords.get();
    }

    long liveBytes() {
        return statistics.userBytes() - deadBytes.get();
    }

    /// About how many records live that have not expired by a time; 0 only if that is certain.
    long liveRecords(long millis) {
        return remaining(liveRecords(), millis);
    }

    /// About how many bytes they have.
    long liveBytes(long millis) {
        return remaining(liveBytes(), millis);
    }

    private long remaining(long live, long millis) {
        long expired = statistics.expiries().expired(millis);
        long all = statistics.records() - statistics.tombstones();
        if (expired == 0 || live == 0) {
            return live;
        }
        return expired == all ? 0 : Math.max(1, (long) (live * (double) (all - expired) / all));
    }

    /// Whether another part of the records has expired since the last call.
    boolean moreExpired(long millis) {
        int parts = statistics.expiries().partsExpired(millis);
        boolean more = parts > partsExpired;
        partsExpired = Math.max(parts, partsExpired);
        return more;
    }

    long dataBytes() {
        return statistics.userBytes();
    }

    long memoryBytes() {
        return directory.memoryBytes() + 8L * checked.length;
    }

    String name() {
        return name;
    }

    @Override
    public void pin() {
        pins.incrementAndGet();
    }

    @Override
    public void unpin() {
        pins.decrementAndGet();
    }

    boolean pinned() {
        return pins.get() != 0;
    }

    synchronized void close() throws IOException {
        if (jobFile != null) {
            jobFile.close();
        }
        file.close();
    }
}
