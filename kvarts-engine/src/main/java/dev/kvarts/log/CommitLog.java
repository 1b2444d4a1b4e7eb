package dev.kvarts.log;

import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.StorageException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.DamageReport;
import dev.kvarts.io.Directory;
import dev.kvarts.io.MappedFile;
import dev.kvarts.io.NoSpaceException;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.SpinLock;
import dev.kvarts.jobs.WriteGate;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// Appends records and gives out sequence numbers.
///
/// Appending is a memory copy into a preallocated, mapped segment: no system call, and no full disk
/// in the middle. One short lock makes the order of records the order of sequence numbers, without
/// holes: a crash of the process can only cut off the end. `SYNC` writers share forces: the one who
/// holds the sync lock forces for all who wait for it.
///
/// When a segment is full the next is taken from the spares, which a background job keeps ready; a
/// full disk is met there, or by the writer who finds no spare, before anything was changed. After
/// a failed force the first cause is kept and every later append and force is refused: the system
/// may have dropped the dirty pages, so a second force would succeed and lie. For the same reason
/// the next opening, which finds the records in the page cache, stores them anew before it forces
/// them.
///
/// Where changes are retained, a segment is given up only after it has been copied to a file of
/// past changes ([PastChanges]); what still is in the log is read from it.
///
/// Thread safety: any number of threads. Lock order: archive lock, sync lock, read lock, append
/// lock, that of the spares.
public final class CommitLog implements AutoCloseable {
    /// A spare is seen to when so small a part of a segment is used: making one takes a third of a
    /// second, filling one less than half of one. A database that is opened for a few writes does
    /// without.
    private static final int PREPARE_DIVISOR = 64;

    private static final int SPARES_KEPT_MIN = 3;
    private static final int SPARES_KEPT_AT_REST = 1;

    // Fixed at construction.
    private final Directory directory;
    private final long segmentBytes;
    private final long database;

    private final SpinLock appendLock = new SpinLock();
    private final ReentrantLock syncLock = new ReentrantLock();
    private final SharedForce sharedForce;
    private final ReentrantLock readLock =
            new ReentrantLock(); // keeps segments from being released
    private final PastChanges pastChanges;
    private final SpareSegments spares;
    private final WriteGate gate;

    // Guarded by the append lock.
    private LogSegment current; // null until the constructor is done
    private final ArrayDeque<LogSegment> older = new ArrayDeque<>(); // oldest first
    private long nextSequence;
    private long earlierDurable; // LogFormat.EARLIER_DURABLE or 0
    private long durableEnd; // in the current segment
    private long records;
    private long recordBytes;
    private long prepareAt; // end of the current segment at which spares are seen to

    // Written under the sync lock, read by all.
    private volatile long durableSequence;
    private volatile long syncs;

    private volatile StorageException failure; // set once, under this object's monitor

    // Written under the append lock, read by all.
    private volatile double shortage; // of room, while a spare is in the making: 0 to 1

    /// Starts a new generation after what was recovered.
    ///
    /// @param recovered the log as found; its files stay until they are released
    /// @throws IOException if the first segment cannot be made
    public CommitLog(
            Directory directory,
            Scheduler scheduler,
            long segmentBytes,
            long database,
            RecoveredLog recovered)
            throws IOException {
        this(directory, scheduler, segmentBytes, database, recovered, null);
    }

    /// As above, with past changes retained.
    ///
    /// @param changes null: as before
    public CommitLog(
            Directory directory,
            Scheduler scheduler,
            long segmentBytes,
            long database,
            RecoveredLog recovered,
            ChangeRetention changes)
            throws IOException {
        this.directory = directory;
        this.pastChanges = new PastChanges(this, ChangeArchive.open(directory, database, changes));
        this.gate = new WriteGate(scheduler);
        this.sharedForce =
                new SharedForce(scheduler, syncLock, () -> durableSequence, this::forceAll);
        this.spares = new SpareSegments(directory, scheduler, segmentBytes, recovered.nextSlot());
        this.segmentBytes = segmentBytes;
        this.database = database;
        this.nextSequence = recovered.lastSequence() + 1;
        this.durableSequence = recovered.lastSequence();
        this.earlierDurable = LogFormat.EARLIER_DURABLE;
        this.prepareAt = segmentBytes / PREPARE_DIVISOR;
        this.durableEnd = LogFormat.HEADER_SIZE;
        try {
            begin(recovered);
        } catch (IOException | RuntimeException | Error e) {
            closeAfter(e); // nobody else has what is mapped by now
            throw e;
        }
    }

    private void begin(RecoveredLog recovered) throws IOException {
        for (RecoveredLog.Segment segment : recovered.segments()) {
            older.add(asOlder(segment));
        }
        for (LogSegment segment : older) {
            segment.forceAnew(segment.end); // the manifest is about to state this end
        }
        SpareSegments.Spare first = reused(recovered.spares());
        spares.add(first); // closed with them if the next step fails
        current = activate(first, recovered.nextGeneration(), 0);
        spares.take();
        current.force(LogFormat.HEADER_SIZE);
        pastChanges.begin(older.isEmpty() ? current : older.getFirst(), older);
    }

    private void closeAfter(Throwable failure) {
        try {
            close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private LogSegment asOlder(RecoveredLog.Segment recovered) throws IOException {
        MappedFile file =
                directory.map(
                        LogFormat.fileName(recovered.slot()),
                        directory.size(LogFormat.fileName(recovered.slot())));
        var segment = new LogSegment(file, recovered.slot(), recovered.generation());
        segment.end = recovered.end();
        segment.lastSequence = recovered.lastSequence();
        segment.forcedTo = recovered.durable();
        return segment;
    }

    /// A file that was released before is used again: a new one must be filled with zeros.
    private SpareSegments.Spare reused(List<Integer> slots) throws IOException {
        for (int slot : slots) {
            String name = LogFormat.fileName(slot);
            if (directory.size(name) == segmentBytes) {
                return new SpareSegments.Spare(directory.map(name, segmentBytes), slot);
            }
        }
        return spares.make(segmentBytes);
    }

    /// Deletes the files of the log that are not used. Requires: just opened, and the manifest that
    /// says what is needed is durable.
    public void deleteUnused() throws IOException {
        Set<Integer> used = new HashSet<>();
        used.add(current.slot);
        older.forEach(segment -> used.add(segment.slot));
        for (String name : directory.list()) {
            int slot = LogRecovery.slotOf(name);
            if (slot >= 0 && !used.contains(slot)) {
                directory.delete(name);
            }
        }
    }

    /// Slows down a writer who is about to append so many bytes, where the segment may be full
    /// before the next one is ready: many short waits instead of a long one. Requires: the caller
    /// holds no lock that a job needs.
    public void admit(long bytes) {
        double lag = shortage;
        if (lag > 0 && spares.making()) {
            boolean mayWait = gate.enter();
            try {
                if (mayWait) {
                    gate.slowDown(bytes, Math.min(1, lag), () -> !spares.making());
                }
            } finally {
                gate.leave();
            }
        }
    }

    /// Appends entries as one record: all of them are recovered, or none. Returns the sequence
    /// number of the first; the others follow it.
    public long append(EntryBatch batch) {
        int checksum = batch.checksum();
        long size = LogFormat.recordSize(batch.size());
        appendLock.lock();
        try {
            LogSegment segment = roomFor(size);
            MemorySegment.copy(
                    batch.array(),
                    0,
                    segment.segment,
                    Bytes.BYTE,
                    segment.end + LogFormat.RECORD_HEADER_SIZE,
                    batch.size());
            return seal(segment, checksum, batch.count(), batch.size(), size);
        } catch (InternalError fault) {
            throw failed(
                    "commit log: fault while writing file=" + LogFormat.fileName(current.slot),
                    fault);
        } finally {
            appendLock.unlock();
        }
    }

    /// Appends one entry that is too large to be gathered in a batch first. Returns its sequence
    /// number.
    public long appendLarge(
            byte kind, int keyspace, byte[] key, int keySize, Object value, long valueSize) {
        long payload = EntryFormat.size(keySize, valueSize);
        long size = LogFormat.recordSize(payload);
        appendLock.lock();
        try {
            LogSegment segment = roomFor(size);
            long at = segment.end + LogFormat.RECORD_HEADER_SIZE;
            EntryFormat.write(segment.segment, at, kind, keyspace, key, keySize, value, valueSize);
            int checksum = Checksum.crc32c(segment.segment, at, payload);
            return seal(segment, checksum, 1, payload, size);
        } catch (InternalError fault) {
            throw failed(
                    "commit log: fault while writing file=" + LogFormat.fileName(current.slot),
                    fault);
        } finally {
            appendLock.unlock();
        }
    }

    /// Gives out sequence numbers without a record. Returns the first.
    public long skip(int count) {
        appendLock.lock();
        try {
            refuseAfterFailure();
            long first = nextSequence;
            nextSequence += count;
            return first;
        } finally {
            appendLock.unlock();
        }
    }

    private long seal(LogSegment segment, int checksum, int count, long payload, long size) {
        long first = nextSequence;
        segment.seal(
                checksum, count, payload, first | earlierDurable, durableEnd, first + count - 1);
        nextSequence = first + count;
        records++;
        recordBytes += size;
        if (segment.end >= prepareAt) {
            prepareAt = Long.MAX_VALUE;
            spares.prepare();
        }
        if (spares.making()) {
            shortage = Math.max(0, 2.0 * segment.end / segmentBytes - 1);
        }
        return first;
    }

    private LogSegment roomFor(long recordSize) {
        refuseAfterFailure();
        if (!current.fits(recordSize)) {
            roll(recordSize);
        }
        return current;
    }

    private void refuseAfterFailure() {
        StorageException cause = failure;
        if (cause != null) {
            throw new StorageException(
                    "commit log: refusing writes after a failure: " + cause.getMessage(), cause);
        }
    }

    /// Takes the next segment. If that fails nothing has changed, and the next writer tries again.
    private void roll(long recordSize) {
        try {
            long needed = LogFormat.HEADER_SIZE + recordSize;
            SpareSegments.Spare spare =
                    needed > segmentBytes
                            ? spares.make(Bytes.roundUp(needed, 4096))
                            : spares.take();
            LogSegment full = current;
            current = activate(spare, full.generation + 1, full.end);
            older.add(full);
            earlierDurable = 0;
            durableEnd = 0;
            shortage = 0;
            prepareAt = segmentBytes / PREPARE_DIVISOR;
        } catch (NoSpaceException e) {
            throw new StorageException(
                    "commit log: no space for the next segment: " + e.getMessage(), e, true);
        } catch (IOException e) {
            throw failed("commit log: cannot make the next segment: " + e.getMessage(), e);
        }
    }

    private LogSegment activate(SpareSegments.Spare spare, long generation, long previousEnd) {
        LogFormat.writeHeader(
                spare.file().segment(), database, generation, previousEnd, nextSequence);
        var segment = new LogSegment(spare.file(), spare.slot(), generation);
        segment.lastSequence = nextSequence - 1;
        return segment;
    }

    /// Returns when every record up to this sequence number is durable.
    public void force(long sequence) {
        sharedForce.await(sequence);
    }

    /// Makes everything appended so far durable.
    public void force() {
        force(lastSequence());
    }

    /// Requires: the sync lock.
    private void forceAll() {
        refuseAfterFailure();
        List<LogSegment> toForce;
        List<Long> ends = new ArrayList<>();
        long sequence;
        appendLock.lock();
        try {
            toForce = new ArrayList<>(older);
            toForce.add(current);
            toForce.forEach(segment -> ends.add(segment.end));
            sequence = nextSequence - 1;
        } finally {
            appendLock.unlock();
        }
        try {
            for (int i = 0; i < toForce.size(); i++) {
                toForce.get(i).force(ends.get(i));
            }
        } catch (IOException | InternalError e) {
            throw failed("commit log: force failed: " + e.getMessage(), e);
        }
        syncs++;
        durableSequence = sequence;
        LogSegment last = toForce.getLast();
        appendLock.lock();
        try {
            if (current == last) {
                earlierDurable = LogFormat.EARLIER_DURABLE;
                durableEnd = ends.getLast();
                LogFormat.writeDurableEnd(current.segment, current.generation, durableEnd);
            }
        } finally {
            appendLock.unlock();
        }
    }

    private StorageException failed(String message, Throwable cause) {
        var exception = new StorageException(message, cause);
        failure(exception);
        return exception;
    }

    /// Refuses every write from now on; the first cause is kept.
    public synchronized void failure(StorageException cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    public StorageException failure() {
        return failure;
    }

    public long lastSequence() {
        appendLock.lock();
        try {
            return nextSequence - 1;
        } finally {
            appendLock.unlock();
        }
    }

    /// The oldest generation that is needed when every entry up to `flushed` is durable elsewhere.
    /// Its header is durable when this returns, so that the manifest may name it.
    public long generationAfter(long flushed) {
        syncLock.lock();
        try {
            refuseAfterFailure();
            LogSegment needed = null;
            appendLock.lock();
            try {
                for (LogSegment segment : older) {
                    if (segment.lastSequence > flushed
                            || pastChanges.retained() && !segment.archived) {
                        needed = segment;
                        break;
                    }
                }
                needed = needed == null ? current : needed;
            } finally {
                appendLock.unlock();
            }
            try {
                needed.force(LogFormat.HEADER_SIZE);
            } catch (IOException | InternalError e) {
                throw failed("commit log: force failed: " + e.getMessage(), e);
            }
            return needed.generation;
        } finally {
            syncLock.unlock();
        }
    }

    /// Lets go of all generations before this one: their files become spares or disappear.
    /// Requires: the manifest that says so is durable.
    public void release(long generation) throws IOException {
        List<LogSegment> released = new ArrayList<>();
        syncLock.lock();
        readLock.lock();
        try {
            appendLock.lock();
            try {
                while (!older.isEmpty() && older.getFirst().generation < generation) {
                    released.add(older.poll());
                }
            } finally {
                appendLock.unlock();
            }
        } finally {
            readLock.unlock();
            syncLock.unlock();
        }
        // What one flush pinned the next will pin as well.
        int kept = Math.max(SPARES_KEPT_MIN, released.size());
        for (LogSegment segment : released) {
            if (segment.segment.byteSize() == segmentBytes && spares.fewerThan(kept)) {
                spares.add(new SpareSegments.Spare(segment.file, segment.slot));
            } else {
                delete(segment.file, segment.slot);
            }
        }
        deleteSpares(kept);
    }

    /// Gives up the space of files that are kept for writers to come, but for one.
    public void deleteSpares() throws IOException {
        deleteSpares(SPARES_KEPT_AT_REST);
    }

    private void deleteSpares(int kept) throws IOException {
        for (SpareSegments.Spare spare = spares.surplus(kept);
                spare != null;
                spare = spares.surplus(kept)) {
            delete(spare.file(), spare.slot());
        }
    }

    private void delete(MappedFile file, int slot) throws IOException {
        file.close();
        directory.delete(LogFormat.fileName(slot));
    }

    // Changes.

    /// What is retained of past changes.
    public PastChanges pastChanges() {
        return pastChanges;
    }

    /// Highest sequence number that is durable.
    public long durable() {
        return durableSequence;
    }

    /// A segment that is full, and what follows it.
    record Full(LogSegment segment, long end, long lastSequence, LogSegment next) {}

    /// The oldest that is not archived; null if there is none.
    Full nextToArchive() {
        appendLock.lock();
        try {
            LogSegment found = null;
            for (LogSegment segment : older) {
                if (found != null) {
                    return new Full(found, found.end, found.lastSequence, segment);
                }
                found = segment.archived ? null : segment;
            }
            return found == null ? null : new Full(found, found.end, found.lastSequence, current);
        } finally {
            appendLock.unlock();
        }
    }

    /// The segment may be released from now on.
    void archived(LogSegment segment) {
        appendLock.lock();
        try {
            segment.archived = true;
        } finally {
            appendLock.unlock();
        }
    }

    /// Begins a new segment, so that what was written can be archived. Does nothing if the present
    /// one is empty.
    public void beginSegment() {
        appendLock.lock();
        try {
            refuseAfterFailure();
            if (current.end > LogFormat.HEADER_SIZE) {
                roll(0);
            }
        } finally {
            appendLock.unlock();
        }
    }

    /// A segment that is being read.
    ///
    /// @param end where its records end
    /// @param next what follows it; null if it is the present one
    record Opened(LogSegment segment, long end, LogSegment next) {}

    /// The generations there are, in ascending order.
    List<LogTail.Generation> generations() {
        readLock.lock();
        appendLock.lock();
        try {
            List<LogTail.Generation> all = new ArrayList<>();
            older.forEach(each -> all.add(generation(each)));
            all.add(generation(current));
            return all;
        } finally {
            appendLock.unlock();
            readLock.unlock();
        }
    }

    private static LogTail.Generation generation(LogSegment segment) {
        return new LogTail.Generation(segment.generation, LogFormat.firstSequence(segment.segment));
    }

    /// Reads a generation while it is not released. Null if it is not there any more.
    <R> R read(long generation, Function<Opened, R> reader) {
        readLock.lock();
        try {
            Opened found = opened(generation);
            return found == null ? null : reader.apply(found);
        } finally {
            readLock.unlock();
        }
    }

    private Opened opened(long generation) {
        appendLock.lock();
        try {
            LogSegment found = null;
            for (LogSegment each : older) {
                if (found != null) {
                    return new Opened(found, found.end, each);
                }
                found = each.generation == generation ? each : null;
            }
            if (found != null) {
                return new Opened(found, found.end, current);
            }
            return current.generation == generation ? new Opened(current, current.end, null) : null;
        } finally {
            appendLock.unlock();
        }
    }

    /// Where the records end now.
    public LogEnd end() {
        appendLock.lock();
        try {
            return new LogEnd(current.generation, current.end);
        } finally {
            appendLock.unlock();
        }
    }

    /// Checks every record that was appended before the call. Returns the bytes read.
    public long check(DamageReport report) {
        syncLock.lock(); // keeps segments from being released
        try {
            List<LogSegment> segments;
            List<Long> ends = new ArrayList<>();
            appendLock.lock();
            try {
                segments = new ArrayList<>(older);
                segments.add(current);
                segments.forEach(segment -> ends.add(segment.end));
            } finally {
                appendLock.unlock();
            }
            long bytes = 0;
            for (int i = 0; i < segments.size(); i++) {
                bytes += segments.get(i).check(ends.get(i), report);
            }
            return bytes;
        } finally {
            syncLock.unlock();
        }
    }

    /// Where the records of the generations before the present one end.
    public List<LogEnd> olderEnds() {
        appendLock.lock();
        try {
            return older.stream()
                    .map(segment -> new LogEnd(segment.generation, segment.end))
                    .toList();
        } finally {
            appendLock.unlock();
        }
    }

    public Counts counts() {
        int spareCount = spares.count();
        appendLock.lock();
        try {
            long bytes = current.segment.byteSize();
            for (LogSegment segment : older) {
                bytes += segment.segment.byteSize();
            }
            return new Counts(records, recordBytes, syncs, older.size() + 1 + spareCount, bytes);
        } finally {
            appendLock.unlock();
        }
    }

    /// What was done since opening.
    ///
    /// @param records appended
    /// @param bytes of them
    /// @param syncs forces
    /// @param segments files now, spares included
    /// @param segmentBytes bytes of the files that are in use
    public record Counts(long records, long bytes, long syncs, int segments, long segmentBytes) {}

    /// Unmaps everything. Requires: no writer is inside.
    @Override
    public void close() throws IOException {
        gate.open();
        spares.close();
        syncLock.lock();
        try {
            for (LogSegment segment : older) {
                segment.file.close();
            }
            if (current != null) {
                current.file.close();
            }
        } finally {
            syncLock.unlock();
        }
    }
}
