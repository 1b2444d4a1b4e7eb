package dev.kvarts.table;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.FuseFilter;
import dev.kvarts.cache.Block;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.cache.Pinnable;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.table.TableFormat.Sections;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/// One table, open for reading.
///
/// A lookup reads one block. A block that is mapped and not compressed is read in place: it is
/// checked when it is first touched; from then on a lookup touches its tags, one head and one
/// entry, and allocates nothing. All others are read or decompressed into the block cache.
///
/// Thread safety: any number of threads; closed when no reader is inside.
public final class Table implements Pinnable, AutoCloseable {
    private static final int PAGE = TableFormat.PAGE_SIZE;

    /// Bytes that can be read behind every image, because reads are of eight bytes.
    static final int SLACK = 8;

    // Fixed at construction.
    private final long number;
    private final long fileBytes;
    private final String name;
    private final ReadableFile file;
    private final MemorySegment mapped; // null when it is read positionally
    private final boolean direct; // every block is read in place
    private final SharedBlocks shared;
    private final Arena arena; // of the index
    private final MemoryBudget budget;
    private final long globalSequence; // of all entries, or 0: they have their own
    private final TableStatistics statistics;
    private final FuseFilter filter; // null if there is none
    private final BlockIndex index;
    private final RangeTombstones ranges;
    private final byte[] firstKey;
    private final byte[] lastKey;
    private final long readBytes; // of index and trailer, if they are not mapped
    private final long[] inPlace; // bits of blocks that were checked and are read where they are
    // mapped, set without care for races: a lost one is checked again

    // Shared.
    private final AtomicInteger pins = new AtomicInteger();

    private Table(
            ReadableFile file,
            long number,
            Arena arena,
            SharedBlocks shared,
            MemoryBudget budget,
            long globalSequence,
            TableStatistics statistics,
            FuseFilter filter,
            BlockIndex index,
            RangeTombstones ranges,
            byte[] firstKey,
            byte[] lastKey,
            long readBytes) {
        this.file = file;
        this.number = number;
        this.fileBytes = file.size();
        this.name = file.name();
        this.mapped = file.mapped();
        this.direct = mapped != null && statistics.compressedBlocks() == 0;
        this.shared = shared;
        this.arena = arena;
        this.budget = budget;
        this.globalSequence = globalSequence;
        this.statistics = statistics;
        this.filter = filter;
        this.index = index;
        this.ranges = ranges;
        this.firstKey = firstKey;
        this.lastKey = lastKey;
        this.readBytes = readBytes;
        this.inPlace = new long[index.blocks() + 63 >>> 6];
        charge(1);
    }

    /// Opens a table and checks header, index and trailer against what the manifest says of it.
    ///
    /// @param globalSequence sequence number of everything in it; 0: entries have their own
    public static Table open(
            Directory files,
            long database,
            int keyspace,
            long number,
            long fileBytes,
            long globalSequence,
            boolean mapped,
            SharedBlocks shared,
            MemoryBudget budget)
            throws IOException {
        String name = TableFormat.fileName(number);
        if (!files.exists(name)) {
            throw new CorruptionException("table: file is missing", name, 0);
        }
        if (files.size(name) != fileBytes) {
            throw new CorruptionException(
                    "table: size is not as in the manifest, size="
                            + files.size(name)
                            + " expected="
                            + fileBytes,
                    name,
                    files.size(name));
        }
        if (fileBytes < PAGE + TableFormat.TRAILER_SIZE) {
            throw new CorruptionException("table: file is too short", name, fileBytes);
        }
        ReadableFile file = files.open(name, mapped);
        Arena arena = budget.newArena();
        try {
            return open(file, arena, database, keyspace, number, globalSequence, shared, budget);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            file.close();
            throw e;
        }
    }

    private static Table open(
            ReadableFile file,
            Arena arena,
            long database,
            int keyspace,
            long number,
            long globalSequence,
            SharedBlocks shared,
            MemoryBudget budget)
            throws IOException {
        String name = file.name();
        Sections sections;
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment header = scratch.allocate(PAGE, 8);
            file.read(0, header);
            TableSections.checkHeader(header, name, database, keyspace, number);
            shared.codecs().byId(TableFormat.codec(header), name); // or it cannot be read
            long tail = file.size() - TableFormat.TRAILER_SIZE;
            MemorySegment trailer = scratch.allocate(TableFormat.TRAILER_SIZE, 8);
            file.read(tail, trailer);
            sections =
                    TableFormat.trailerValid(trailer, 0, number)
                            ? TableFormat.sections(trailer, 0, file.size())
                            : null;
            if (sections == null) {
                throw new CorruptionException("table: trailer is damaged", name, tail);
            }
        }
        long base = sections.index();
        MemorySegment meta = section(file, arena, base, file.size() - base);
        long trailer = sections.trailer() - base;
        if (TableFormat.indexChecksum(meta, 0, trailer, number)
                != (int) TableFormat.TRAILER.number("index checksum", meta, trailer)) {
            throw new CorruptionException("table: index is damaged", name, base);
        }
        byte[] first =
                Bytes.copyOut(
                        meta,
                        sections.firstKey() - base,
                        (int) (sections.lastKey() - sections.firstKey()));
        byte[] last =
                Bytes.copyOut(
                        meta,
                        sections.lastKey() - base,
                        (int) (sections.trailer() - sections.lastKey()));
        int common = Arrays.mismatch(first, last);
        byte[] prefix = common < 0 ? first : Arrays.copyOf(first, common);
        return new Table(
                file,
                number,
                arena,
                shared,
                budget,
                globalSequence,
                TableSections.statistics(meta, sections, base),
                TableSections.filter(file, arena, sections, meta, number),
                BlockIndex.read(arena, meta, base, sections, prefix, name),
                TableSections.ranges(
                        meta,
                        sections.rangeTombstones() - base,
                        sections.valueFiles() - base,
                        name,
                        base,
                        globalSequence),
                first,
                last,
                file.mapped() != null ? 0 : meta.byteSize());
    }

    /// A part of the file: of its mapping, or read.
    private static MemorySegment section(ReadableFile file, Arena arena, long from, long size)
            throws IOException {
        if (file.mapped() != null) {
            return file.mapped().asSlice(from, size);
        }
        MemorySegment copy = arena.allocate(size, 8);
        file.read(from, copy);
        return copy;
    }

    /// Finds the newest version of the asked key that may be seen, be it a value, a pointer or a
    /// tombstone; range tombstones are not looked at. Returns whether there is one; it is in the
    /// lookup.
    public boolean find(Lookup lookup) {
        if (index.blocks() == 0 || filter != null && !filter.mayContain(lookup.hash)) {
            return false;
        }
        int block = index.find(lookup.key, lookup.keySize);
        while (true) {
            lookup.reads++;
            int outcome;
            if (isInPlace(block)) {
                outcome = searchInPlace(lookup, block);
            } else {
                outcome = searchElsewhere(lookup, block);
            }
            if (outcome != BlockSearch.GOES_ON || ++block == index.blocks()) {
                return outcome == BlockSearch.FOUND;
            }
        }
    }

    /// Searches a block that is in the cache, or is brought there if that has room.
    private int searchElsewhere(Lookup lookup, int block) {
        boolean caching = shared.cache() != null;
        Block cached = caching ? shared.cache().get(number, index.offset(block)) : null;
        if (cached == null && turnsOutInPlace(block)) {
            return searchInPlace(lookup, block);
        }
        if (cached == null && caching) {
            cached = loaded(block, null);
        }
        if (cached != null) {
            return search(lookup, cached.segment, cached.offset, cached);
        }
        lookup.pages = readImage(block, lookup.pages, null);
        return search(lookup, lookup.pages, 0, null);
    }

    private int searchInPlace(Lookup lookup, int block) {
        long at = index.offset(block) + BlockFormat.STORED_HEADER_SIZE;
        return search(lookup, mapped, at, this);
    }

    private int search(Lookup lookup, MemorySegment segment, long at, Pinnable home) {
        return BlockSearch.search(lookup, segment, at, globalSequence, home);
    }

    // Bringing blocks into memory.

    /// Whether a block is known to be one that is read where it is mapped; if so, it is checked.
    boolean isInPlace(int block) {
        if ((inPlace[block >>> 6] >>> block & 1) != 0) {
            return true;
        }
        if (direct) {
            requireSound(mapped, index.offset(block), block);
            inPlace[block >>> 6] |= 1L << block;
        }
        return direct;
    }

    /// As [#isInPlace], for blocks that are not in the cache: looks at the block.
    boolean turnsOutInPlace(int block) {
        if ((inPlace[block >>> 6] >>> block & 1) != 0) {
            return true;
        }
        long at = index.offset(block);
        if (mapped == null || BlockFormat.codec(mapped, at) != 0) {
            return false;
        }
        requireSound(mapped, at, block);
        inPlace[block >>> 6] |= 1L << block;
        return true;
    }

    /// Requires that a stored block is one that is read in place.
    private void requireSound(MemorySegment segment, long at, int block) {
        requireValid(segment, at, block);
        int imageSize = BlockFormat.imageSize(segment, at);
        if (BlockFormat.codec(segment, at) != 0
                || imageSize > storedSize(block) - BlockFormat.STORED_HEADER_SIZE
                || !BlockFormat.sound(segment, at + BlockFormat.STORED_HEADER_SIZE, imageSize)) {
            throw damaged(block);
        }
    }

    private void requireValid(MemorySegment segment, long at, int block) {
        if (!BlockFormat.valid(segment, at, storedSize(block), number, index.offset(block))) {
            throw damaged(block);
        }
    }

    private CorruptionException damaged(int block) {
        return new CorruptionException("table: block is damaged", name, index.offset(block));
    }

    private long storedSize(int block) {
        return index.offset(block + 1) - index.offset(block);
    }

    /// The image of a block, brought into the cache; null if that has no room for it. Requires: the
    /// caller is in an epoch.
    private Block loaded(int block, BlockReadAhead ahead) {
        long offset = index.offset(block);
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment stored = mapped;
            long at = offset;
            if (ahead != null) {
                at = ahead.bring(block);
                stored = ahead.buffer();
            } else if (stored == null) {
                stored = scratch.allocate(storedSize(block), 8);
                at = 0;
                file.read(offset, stored);
            }
            MemorySegment source = stored;
            long from = at;
            requireValid(source, from, block);
            int imageSize = BlockFormat.imageSize(source, from);
            return shared.cache()
                    .load(
                            number,
                            offset,
                            imageSize + SLACK,
                            (target, to, _) -> decode(block, source, from, target, to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Writes the image of a stored block, and some zeros behind it. Requires: it is valid, and
    /// there is room.
    private void decode(int block, MemorySegment source, long from, MemorySegment target, long to) {
        int imageSize = BlockFormat.imageSize(source, from);
        long payload = from + BlockFormat.STORED_HEADER_SIZE;
        long payloadSize = storedSize(block) - BlockFormat.STORED_HEADER_SIZE;
        int codec = BlockFormat.codec(source, from);
        if (codec == 0) {
            if (imageSize > payloadSize) {
                throw damaged(block);
            }
            MemorySegment.copy(source, payload, target, to, imageSize);
        } else {
            int size = payloadSize < Integer.BYTES ? -1 : source.get(Bytes.INT, payload);
            if (size < 0 || size > payloadSize - Integer.BYTES) {
                throw damaged(block);
            }
            shared.codecs()
                    .byId(codec, name)
                    .decompress(
                            source,
                            payload + Integer.BYTES,
                            size,
                            target,
                            to,
                            imageSize,
                            name,
                            index.offset(block));
        }
        target.asSlice(to + imageSize, SLACK).fill((byte) 0);
        if (!BlockFormat.sound(target, to, imageSize)) {
            throw damaged(block);
        }
    }

    /// Reads the image of a block to the beginning of a buffer, or of a larger one, which is
    /// returned.
    ///
    /// @param ahead where the stored block comes from; null: it is read alone, or mapped
    MemorySegment readImage(int block, MemorySegment buffer, BlockReadAhead ahead) {
        long offset = index.offset(block);
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment stored = mapped;
            long at = offset;
            if (ahead != null) {
                at = ahead.bring(block);
                stored = ahead.buffer();
            } else if (stored == null) {
                stored = scratch.allocate(storedSize(block), 8);
                at = 0;
                file.read(offset, stored);
            }
            requireValid(stored, at, block);
            long size = BlockFormat.imageSize(stored, at) + (long) SLACK;
            MemorySegment target = buffer;
            if (target == null || target.byteSize() < size) {
                target =
                        Arena.ofAuto()
                                .allocate(Bytes.roundUp(Math.max(size, 2 * PAGE), PAGE), PAGE);
            }
            decode(block, stored, at, target, 0);
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The image of a block, from the cache, pinned; null if there is no cache, or no room in it,
    /// or if the block is read in place.
    Block pinnedImage(int block, BlockReadAhead ahead) {
        if (shared.cache() == null) {
            return null;
        }
        int epoch = shared.epochs().enter();
        try {
            Block cached = shared.cache().get(number, index.offset(block));
            if (cached == null) {
                if (turnsOutInPlace(block)) {
                    return null;
                }
                cached = loaded(block, ahead);
            }
            if (cached != null) {
                cached.pin();
            }
            return cached;
        } finally {
            shared.epochs().exit(epoch);
        }
    }

    /// Begins a walk over what may be seen.
    public EntryCursor cursor(long visible) {
        return new TableCursor(this, visible, true);
    }

    /// As [#cursor], for who walks over everything once: blocks do not go into the cache.
    public EntryCursor passingCursor(long visible) {
        return new TableCursor(this, visible, false);
    }

    // For the cursor.

    BlockIndex index() {
        return index;
    }

    long globalSequence() {
        return globalSequence;
    }

    /// Whether every block is read in place, that is, where it is mapped.
    boolean isDirect() {
        return direct;
    }

    MemorySegment mapped() {
        return mapped;
    }

    /// Reads for one walk, or null if the table is mapped.
    BlockReadAhead readAhead() {
        return mapped == null ? new BlockReadAhead(file, index) : null;
    }

    // Facts.

    public long number() {
        return number;
    }

    public String name() {
        return name;
    }

    public long fileBytes() {
        return fileBytes;
    }

    public TableStatistics statistics() {
        return statistics;
    }

    public RangeTombstones rangeTombstones() {
        return ranges;
    }

    /// Lowest key that an entry has or a range tombstone covers; empty if a range has no beginning,
    /// or if there is nothing in the table.
    public byte[] firstKey() {
        if (ranges.isEmpty()) {
            return firstKey;
        }
        byte[] from = ranges.fragments().getFirst().from();
        boolean lower = index.blocks() == 0 || Arrays.compareUnsigned(from, firstKey) < 0;
        return lower ? from : firstKey;
    }

    /// A key that no entry's key and no key covered by a range tombstone is higher than; null if a
    /// range has no end.
    public byte[] lastKey() {
        if (ranges.isEmpty()) {
            return lastKey;
        }
        byte[] to = ranges.fragments().getLast().to();
        return to == null || Arrays.compareUnsigned(to, lastKey) > 0 ? to : lastKey;
    }

    /// Keys of the first and the last entry; empty if there is none.
    public byte[] firstEntryKey() {
        return firstKey;
    }

    public byte[] lastEntryKey() {
        return lastKey;
    }

    private void charge(int sign) {
        budget.charge(MemoryBudget.Account.FILTERS, sign * filterBytes());
        budget.charge(MemoryBudget.Account.BLOCK_INDEXES, sign * (memoryBytes() - filterBytes()));
    }

    private long filterBytes() {
        return filter == null ? 0 : filter.sizeBytes();
    }

    /// Bytes of memory that it takes: index, filter.
    public long memoryBytes() {
        return index.memoryBytes() + 8L * inPlace.length + readBytes + filterBytes();
    }

    @Override
    public void pin() {
        pins.incrementAndGet();
    }

    @Override
    public void unpin() {
        pins.decrementAndGet();
    }

    public boolean pinned() {
        return pins.get() != 0;
    }

    /// Requires: no reader is inside, and none comes.
    @Override
    public void close() throws IOException {
        charge(-1);
        if (shared.cache() != null) {
            shared.cache().forget(number);
        }
        arena.close();
        file.close();
    }
}
