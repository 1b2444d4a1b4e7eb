package dev.kvarts.db;

import dev.kvarts.api.ConflictException;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Isolation;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Savepoint;
import dev.kvarts.api.Transaction;
import dev.kvarts.api.TransactionOptions;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.db.TransactionKeyspace.Pending;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.LiveSnapshots.Registration;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.RangeDelete;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.txn.Footprint;
import dev.kvarts.txn.KeyLocks;
import dev.kvarts.txn.TrackedKey;
import dev.kvarts.txn.TrackedRange;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/// A transaction that is open: a snapshot, a buffer of writes, and what it must find unchanged.
///
/// Thread safety: one thread at a time.
final class OpenTransaction implements Transaction {
    private final OpenDatabase database;
    private final KeyLocks locks;
    private final TransactionOptions options;
    private final boolean tracksReads;
    private final Map<Integer, TransactionKeyspace> touched = new HashMap<>();
    private final List<Undo> undo = new ArrayList<>(); // since the first savepoint
    private final List<Point> savepoints = new ArrayList<>();
    private Registration at; // the snapshot; null when ended
    private TransactionKeyspace last; // touched last
    private boolean hasRoom; // was taken from the quotas already
    private boolean hasLocks;
    private boolean hasWrites;
    private long bytes;
    private int reads;

    /// Takes back one write: what a key, or what the deleted ranges, were before.
    private record Undo(
            TransactionKeyspace keyspace,
            TrackedKey key,
            Pending before,
            RangeTombstones deletedBefore) {
        void run() {
            if (key != null) {
                keyspace.set(key, before);
            } else {
                keyspace.deleted(deletedBefore);
            }
        }
    }

    private record Point(OpenTransaction transaction, int undoCount, long bytes)
            implements Savepoint {}

    OpenTransaction(OpenDatabase database, KeyLocks locks, TransactionOptions options) {
        this.database = database;
        this.locks = locks;
        this.options = options;
        this.tracksReads = options.isolation() == Isolation.SERIALIZABLE && !options.readOnly();
        this.at = database.beginSnapshot(this);
    }

    private Registration snapshot() {
        Registration present = at;
        if (present == null) {
            throw new IllegalStateException("transaction has ended");
        }
        return present;
    }

    /// Whether it can still be used: for its cursors.
    void requireOpen() {
        snapshot();
    }

    @Override
    public long sequence() {
        return snapshot().sequence();
    }

    private TransactionKeyspace touch(Keyspace keyspace) {
        snapshot();
        KeyspaceHandle handle = database.handleOf(keyspace);
        TransactionKeyspace present = last;
        if (present == null || present.handle().number() != handle.number()) {
            present =
                    touched.computeIfAbsent(handle.number(), _ -> new TransactionKeyspace(handle));
            last = present;
        }
        return present;
    }

    private TransactionKeyspace touchToRead(Keyspace keyspace) {
        TransactionKeyspace present = touch(keyspace);
        database.toRead(keyspace);
        return present;
    }

    private static TrackedKey tracked(TransactionKeyspace keyspace, byte[] key) {
        Checks.key(key);
        return new TrackedKey(key.clone(), keyspace.handle().core().hash(key, key.length));
    }

    // Reading.

    /// Counts something that must be found unchanged.
    private void countRead() {
        if (reads >= options.readsMax()) {
            throw new IllegalArgumentException(
                    "transaction too large: reads=" + (reads + 1) + " max=" + options.readsMax());
        }
        reads++;
    }

    /// What is to be read: what was written, or else what the snapshot has, which is noted.
    private Pending pending(TransactionKeyspace keyspace, byte[] key) {
        TrackedKey tracked = tracked(keyspace, key);
        Pending pending = keyspace.written(tracked);
        if (pending == null && tracksReads && keyspace.track(tracked)) {
            countRead();
        }
        return pending;
    }

    @Override
    public byte[] get(Keyspace keyspace, byte[] key) {
        return get(touchToRead(keyspace), key);
    }

    private byte[] get(TransactionKeyspace present, byte[] key) {
        Pending pending = pending(present, key);
        if (pending != null) {
            return pending.isValue() ? pending.value().clone() : null;
        }
        try {
            return present.handle().getAt(at, key);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public List<byte[]> getAll(Keyspace keyspace, List<byte[]> keys) {
        List<byte[]> values = new ArrayList<>(keys.size());
        keys.forEach(key -> values.add(get(keyspace, key)));
        return values;
    }

    @Override
    public boolean contains(Keyspace keyspace, byte[] key) {
        TransactionKeyspace present = touchToRead(keyspace);
        Pending pending = pending(present, key);
        if (pending != null) {
            return pending.isValue();
        }
        try {
            return present.handle().containsAt(at, key);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public Cursor cursor(Keyspace keyspace) {
        TransactionKeyspace present = touchToRead(keyspace);
        if (present.handle() instanceof OrderedHandle ordered) {
            return cursor(ordered);
        }
        if (tracksReads) {
            present.footprint().addWhole();
        }
        var hashed = (HashedHandle) present.handle();
        return new OverlaidCursor(hashed.cursorAt(at, this), present.writes());
    }

    @Override
    public OrderedCursor cursor(OrderedKeyspace keyspace) {
        return cursor(keyspace, Range.all());
    }

    @Override
    public OrderedCursor cursor(OrderedKeyspace keyspace, Range range) {
        TransactionKeyspace present = touchToRead(keyspace);
        OrderedCursor base = ((OrderedHandle) present.handle()).cursorAt(at, range);
        return new TransactionCursor(this, present, base, range);
    }

    /// Notes that a range must be found unchanged. Returns null if reads are not noted.
    TrackedRange trackRange(TransactionKeyspace keyspace, byte[] from, byte[] to) {
        if (!tracksReads) {
            return null;
        }
        countRead();
        var range = new TrackedRange(from, to);
        keyspace.footprint().add(range);
        return range;
    }

    // Writing.

    private TransactionKeyspace touchToWrite(Keyspace keyspace) {
        TransactionKeyspace present = touch(keyspace);
        if (options.readOnly()) {
            throw new IllegalStateException("transaction is read-only");
        }
        database.handleOf(keyspace).rights().requireWrite();
        return present;
    }

    private void countBytes(long more) {
        if (bytes + more > options.bytesMax()) {
            throw new IllegalArgumentException(
                    "transaction too large: bytes="
                            + (bytes + more)
                            + " max="
                            + options.bytesMax());
        }
        bytes += more;
    }

    private void set(TransactionKeyspace keyspace, TrackedKey key, Pending pending) {
        Pending before = keyspace.set(key, pending);
        hasWrites = true;
        if (before != null && before.isWrite()) {
            bytes -= EntryFormat.size(key.bytes().length, before.sizeBytes());
        }
        if (!savepoints.isEmpty()) {
            undo.add(new Undo(keyspace, key, before, null));
        }
    }

    @Override
    public void put(Keyspace keyspace, byte[] key, byte[] value) {
        TransactionKeyspace present = touchToWrite(keyspace);
        put(present, key, value, present.handle().expiry(null));
    }

    @Override
    public void put(Keyspace keyspace, byte[] key, byte[] value, WriteOptions how) {
        TransactionKeyspace present = touchToWrite(keyspace);
        put(present, key, value, present.handle().expiry(how.ttl()));
    }

    private void put(TransactionKeyspace keyspace, byte[] key, byte[] value, long expiry) {
        Checks.key(key);
        Checks.value(value);
        Pending pending = Pending.value(value.clone(), expiry);
        countBytes(EntryFormat.size(key.length, pending.sizeBytes()));
        set(keyspace, tracked(keyspace, key), pending);
    }

    /// Writes an entry as a batch has it, of which the right to write it was checked.
    void write(KeyspaceHandle keyspace, byte[] key, byte kind, byte[] stored) {
        TransactionKeyspace present = touch(keyspace);
        switch (kind) {
            case Batch.MERGE -> change(present, key, keyspace.merging(key, stored));
            case EntryFormat.RANGE_DELETE -> deleteRange(present, rangeOf(key, stored));
            default -> write(present, key, kind, stored);
        }
    }

    private static Range rangeOf(byte[] from, byte[] stored) {
        MemorySegment segment = MemorySegment.ofArray(stored);
        return new Range(from, RangeDelete.decode(segment, 0, stored.length));
    }

    private void write(TransactionKeyspace present, byte[] key, byte kind, byte[] stored) {
        Pending pending = Pending.stored(kind, stored);
        countBytes(EntryFormat.size(key.length, pending.sizeBytes()));
        set(present, tracked(present, key), pending);
    }

    /// Tells that what it is to write was taken from the quotas.
    void noteRoom() {
        hasRoom = true;
    }

    /// Whether the snapshot has the version of a key that somebody read before.
    boolean isAt(KeyspaceHandle keyspace, byte[] key, Lookup read) {
        return keyspace.isAt(at, key, read);
    }

    @Override
    public void delete(Keyspace keyspace, byte[] key) {
        delete(touchToWrite(keyspace), key);
    }

    private void delete(TransactionKeyspace present, byte[] key) {
        Checks.key(key);
        countBytes(EntryFormat.size(key.length, 0));
        set(present, tracked(present, key), Pending.DELETE);
    }

    @Override
    public void deleteRange(OrderedKeyspace keyspace, Range range) {
        deleteRange(touchToWrite(keyspace), range);
    }

    private void deleteRange(TransactionKeyspace present, Range range) {
        Checks.range(range);
        if (range.isEmpty()) {
            return;
        }
        countBytes(
                EntryFormat.size(range.from().length, range.to() == null ? 0 : range.to().length));
        for (TrackedKey key : present.writtenIn(range)) {
            set(present, key, Pending.READ);
        }
        if (!savepoints.isEmpty()) {
            undo.add(new Undo(present, null, null, present.deleted()));
        }
        present.delete(range);
        present.footprint().add(new TrackedRange(range.from(), range.to()));
        hasWrites = true;
    }

    @Override
    public byte[] update(Keyspace keyspace, byte[] key, UnaryOperator<byte[]> change) {
        Objects.requireNonNull(change, "change");
        touchToRead(keyspace);
        return change(touchToWrite(keyspace), key, change);
    }

    private byte[] change(TransactionKeyspace present, byte[] key, UnaryOperator<byte[]> change) {
        byte[] before = get(present, key);
        Pending pending = present.written(tracked(present, key));
        long left = pending == null ? database.lookup().expiry : pending.expiry();
        byte[] next = change.apply(before);
        if (next == null) {
            delete(present, key);
        } else {
            KeyspaceHandle handle = present.handle();
            put(present, key, next, before == null ? handle.expiry(null) : handle.limited(left));
        }
        return next;
    }

    @Override
    public long increment(Keyspace keyspace, byte[] key, long delta) {
        return Bytes.getLong(update(keyspace, key, value -> Changes.add(value, delta)), 0);
    }

    @Override
    public long append(Keyspace keyspace, byte[] key, byte[] suffix) {
        Objects.requireNonNull(suffix, "suffix");
        return update(keyspace, key, value -> Changes.append(value, suffix)).length;
    }

    /// Tells nothing of what is there: the right to write is enough.
    @Override
    public void merge(Keyspace keyspace, byte[] key, byte[] operand) {
        TransactionKeyspace present = touchToWrite(keyspace);
        change(present, key, present.handle().merging(key, operand));
    }

    // Savepoints.

    @Override
    public Savepoint savepoint() {
        snapshot();
        var point = new Point(this, undo.size(), bytes);
        savepoints.add(point);
        return point;
    }

    @Override
    public void rollbackTo(Savepoint savepoint) {
        snapshot();
        int index = savepoints.indexOf(savepoint);
        if (index < 0) {
            throw new IllegalArgumentException(
                    "savepoint is of another transaction, or was rolled back");
        }
        Point point = savepoints.get(index);
        while (undo.size() > point.undoCount) {
            undo.removeLast().run();
        }
        bytes = point.bytes;
        savepoints.subList(index + 1, savepoints.size()).clear();
    }

    // Locking.

    @Override
    public void lockFor(Keyspace keyspace, byte[] key) {
        boolean first = touched.isEmpty();
        TransactionKeyspace present = touchToWrite(keyspace);
        TrackedKey tracked = tracked(present, key);
        long timeout = options.lockTimeout().toNanos();
        if (!locks.lock(present.handle().number(), tracked, at, timeout)) {
            throw new ConflictException(
                    "transaction: lock is not to be had, keyspace="
                            + present.handle().name()
                            + " waited="
                            + options.lockTimeout());
        }
        hasLocks = true;
        if (first) {
            beginAnew();
        } else if (database.changedSince(present.handle().core(), tracked, at)) {
            throw new ConflictException(
                    "transaction: a key was changed before it was locked, keyspace="
                            + present.handle().name());
        }
    }

    /// Reads the present from now on.
    private void beginAnew() {
        Registration before = at;
        at = database.beginSnapshot(this);
        locks.handOver(before, at);
        before.close();
    }

    // Ending.

    @Override
    public void commit() {
        commit(database.defaultDurability());
    }

    @Override
    public void commit(Durability durability) {
        Objects.requireNonNull(durability, "durability");
        snapshot();
        try {
            if (hasWrites) {
                commitWrites(durability);
            }
        } finally {
            end();
        }
    }

    private void commitWrites(Durability durability) {
        var batch = new EntryBatch();
        List<Footprint> footprints = new ArrayList<>(touched.size());
        for (TransactionKeyspace keyspace : touched.values()) {
            keyspace.addTo(batch);
            footprints.add(keyspace.footprint());
        }
        if (!hasRoom) {
            database.quotas().take(batch);
        }
        database.note(batch, touched.values(), at);
        if (batch.count() != 0) {
            database.commit(batch, footprints, at, durability);
        }
    }

    void commitUnlessEnded() {
        if (at != null) {
            commit();
        }
    }

    @Override
    public void rollback() {
        snapshot();
        end();
    }

    @Override
    public void close() {
        if (at != null) {
            end();
        }
    }

    private void end() {
        if (hasLocks) {
            locks.unlockAll(at);
        }
        at.close();
        at = null;
        touched.clear();
        undo.clear();
        savepoints.clear();
    }
}
