package dev.kvarts.log;

import dev.kvarts.api.Change;
import dev.kvarts.api.ChangeBatch;
import dev.kvarts.api.ChangesGoneException;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Reads batches in the order of their sequence numbers, from files of past changes and then from
/// the commit log.
///
/// ```
/// changes-7 | changes-8 | changes-9 |            past: compressed, whole, deleted some day
///                       |   log 9   | log 10     present: read up to what is durable
/// ```
///
/// A generation moves from the log to a file of its own before the log gives it up, so a reader who
/// does not find it in the one looks in the other, and then finds his place by sequence number. If
/// it is in neither, it was deleted before he came.
///
/// Thread safety: one thread.
public final class ChangeReader implements AutoCloseable {
    static final long CHUNK_BYTES = 256 << 10;

    /// A time that a record behind `at` states.
    private record Clock(long at, long millis) {}

    // Fixed at construction.
    private final ChangeFiles files;
    private final LogTail tail;
    private final boolean listing; // whether files come and go without our doing
    private final ChangeEntries entries;

    private long generation;
    private long logAt = LogFormat.HEADER_SIZE; // in the log
    private boolean inLog = true;
    private ChangeFile file; // null when in the log
    private long expected; // sequence number

    private MemorySegment records; // of one chunk or block
    private boolean logRecords;
    private String recordsFile;
    private long recordsOffset;
    private long at;
    private long clock; // last one passed, 0 if none
    private final ArrayDeque<Clock> clocks = new ArrayDeque<>(); // those ahead, in the chunk

    /// @param listing whether other processes add and delete files
    /// @param catalogue reads the names of keyspaces from the value of a catalogue
    /// @throws ChangesGoneException if `from` is not retained
    ChangeReader(
            ChangeFiles files,
            LogTail tail,
            boolean listing,
            long from,
            Map<Integer, String> names,
            Function<byte[], Map<Integer, String>> catalogue)
            throws IOException {
        this.files = files;
        this.tail = tail;
        this.listing = listing;
        this.entries = new ChangeEntries(new HashMap<>(names), catalogue);
        locate(from);
    }

    /// Reads changes of a database that another process may have open.
    ///
    /// @param bounds reads what the manifest says about the log
    /// @throws ChangesGoneException if `from` is not retained
    /// @throws IllegalArgumentException if `from` was never given out
    /// @throws IllegalStateException if changes are not retained
    public static ChangeReader following(
            Directory directory,
            LogBounds.Source bounds,
            long from,
            Map<Integer, String> names,
            Function<byte[], Map<Integer, String>> catalogue)
            throws IOException {
        if (!RetentionFile.settle(directory, null).enabled()) {
            throw new IllegalStateException(
                    "changes are not retained: open the database with Options.withChanges");
        }
        var log = new FollowedLog(directory, bounds);
        try {
            log.requireGivenOut(from);
            var files = new ChangeFiles(directory, log.database());
            return new ChangeReader(files, log, true, from, names, catalogue);
        } catch (IOException | RuntimeException | Error e) {
            log.close();
            throw e;
        }
    }

    private void locate(long from) throws IOException {
        List<LogTail.Generation> log = tail.generations(); // first: what leaves it is in a file
        if (listing) {
            files.list();
        }
        long oldest = Long.MAX_VALUE;
        for (ChangeFileInfo info : files.all()) {
            oldest = Math.min(oldest, info.firstSequence());
            choose(info.generation(), info.firstSequence(), from);
        }
        for (LogTail.Generation each : log) {
            oldest = Math.min(oldest, each.firstSequence());
            choose(each.number(), each.firstSequence(), from);
        }
        if (generation == 0) {
            throw new ChangesGoneException(from, oldest == Long.MAX_VALUE ? 1 : oldest);
        }
        expected = Math.max(from, oldest);
    }

    /// The last generation that begins at `from` or before; for 0, the first of all.
    private void choose(long candidate, long firstSequence, long from) {
        boolean fits = from == 0 ? generation == 0 : firstSequence <= from;
        if (fits && candidate > generation) {
            generation = candidate;
        }
    }

    /// The next sequence number that is not read yet.
    public long position() {
        return expected;
    }

    /// The next batch, or null if there is none now.
    public ChangeBatch next() throws IOException {
        while (true) {
            while (records != null && at < records.byteSize()) {
                ChangeBatch batch = record();
                if (batch != null) {
                    return batch;
                }
            }
            if (!refill()) {
                return null;
            }
        }
    }

    private ChangeBatch record() {
        long header = logRecords ? LogFormat.RECORD_HEADER_SIZE : ChangeFormat.RECORD_SIZE;
        requireFits(header <= records.byteSize() - at);
        long sequence =
                logRecords ? LogFormat.sequence(records, at) : ChangeFormat.sequence(records, at);
        int count = logRecords ? LogFormat.count(records, at) : ChangeFormat.count(records, at);
        long size =
                logRecords
                        ? LogFormat.payloadSize(records, at)
                        : ChangeFormat.payloadSize(records, at);
        requireFits(count > 0 && size >= 0 && size <= records.byteSize() - at - header);
        if (sequence > expected) {
            return unlogged(sequence);
        }
        long payload = at + header;
        at += logRecords ? LogFormat.recordSize(size) : header + size;
        while (!clocks.isEmpty() && clocks.peek().at < at) {
            clock = clocks.poll().millis;
        }
        long last = sequence + count - 1;
        List<Change> changes = // also of one that is behind us: it may tell names
                entries.decode(records, payload, size, count, recordsFile, recordsOffset);
        if (last < expected) {
            return null;
        }
        expected = last + 1;
        return changes.isEmpty() ? null : new ChangeBatch(sequence, last, time(), changes);
    }

    private ChangeBatch unlogged(long sequence) {
        long first = expected;
        expected = sequence;
        return new ChangeBatch(
                first,
                sequence - 1,
                time(),
                List.of(new Change(Change.Kind.UNLOGGED, 0, null, null, null, null, null)));
    }

    /// The time was written down soon after, or else some time before.
    private Instant time() {
        long millis = clocks.isEmpty() ? clock : clocks.peek().millis;
        return millis == 0 ? null : Instant.ofEpochMilli(millis);
    }

    private void requireFits(boolean fits) {
        if (!fits) {
            throw new CorruptionException(
                    "changes: record is damaged", recordsFile, recordsOffset + at);
        }
    }

    /// Brings more records. Returns false if there are none now.
    private boolean refill() throws IOException {
        while (true) {
            if (inLog) {
                LogTail.Chunk chunk = tail.read(generation, logAt, CHUNK_BYTES);
                if (chunk == null) {
                    openFile();
                } else if (chunk.records().byteSize() > 0) {
                    take(chunk.records(), true, chunk.file(), logAt);
                    logAt += chunk.records().byteSize();
                    return true;
                } else if (chunk.next() == 0 || !toNext(chunk.next())) {
                    return false;
                }
            } else {
                MemorySegment block = file.nextBlock(expected);
                if (block != null) {
                    take(block, false, file.info().name(), file.blockAt());
                    return true;
                }
                if (!toNext(file.info().nextSequence())) {
                    return false;
                }
            }
        }
    }

    private void openFile() throws IOException {
        if (listing && files.get(generation) == null) {
            files.list();
        }
        ChangeFile opened = files.open(generation);
        if (opened == null) {
            throw gone();
        }
        closeFile();
        file = opened;
        inLog = false;
        entries.learn(file.names());
        clock = clock == 0 ? file.clock() : clock;
    }

    private ChangesGoneException gone() throws IOException {
        if (listing) {
            files.list();
        }
        long oldest = Long.MAX_VALUE;
        List<ChangeFileInfo> all = files.all();
        List<LogTail.Generation> log = tail.generations();
        if (!all.isEmpty()) {
            oldest = all.getFirst().firstSequence();
        } else if (!log.isEmpty()) {
            oldest = log.getFirst().firstSequence();
        }
        return new ChangesGoneException(expected, oldest);
    }

    /// Goes on with the generation that follows. Returns false if there is none yet.
    ///
    /// @param first what it must begin with
    private boolean toNext(long first) throws IOException {
        LogTail.Generation next = null;
        for (LogTail.Generation each : tail.generations()) {
            if (each.number() > generation && next == null) {
                next = each;
            }
        }
        if (listing) {
            files.list();
        }
        ChangeFileInfo past = files.after(generation);
        if (past != null && (next == null || past.generation() < next.number())) {
            next = new LogTail.Generation(past.generation(), past.firstSequence());
        }
        if (next == null) {
            return false;
        }
        if (next.firstSequence() != first) {
            throw gone(); // what lies between was deleted
        }
        closeFile();
        generation = next.number();
        logAt = LogFormat.HEADER_SIZE;
        inLog = true;
        return true;
    }

    private void take(MemorySegment taken, boolean fromLog, String from, long offset) {
        records = taken;
        logRecords = fromLog;
        recordsFile = from;
        recordsOffset = offset;
        at = 0;
        clocks.clear();
        long header = fromLog ? LogFormat.RECORD_HEADER_SIZE : ChangeFormat.RECORD_SIZE;
        for (long look = 0; look + header < taken.byteSize(); ) {
            long size =
                    fromLog
                            ? LogFormat.payloadSize(taken, look)
                            : ChangeFormat.payloadSize(taken, look);
            if (size < EntryFormat.HEADER_SIZE || size > taken.byteSize() - look - header) {
                return; // found again, and reported, when it is read
            }
            long millis = ChangeEntries.clock(taken, look + header, look + header + size);
            if (millis != 0) {
                clocks.add(new Clock(look, millis));
            }
            look += fromLog ? LogFormat.recordSize(size) : header + size;
        }
    }

    private void closeFile() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
    }

    @Override
    public void close() throws IOException {
        closeFile();
        tail.close();
    }
}
