package dev.kvarts.db;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.Range;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.LiveSnapshots.Registration;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.txn.TrackedKey;

import java.lang.ref.Reference;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/// What keyspaces were, for reads as of a time: each write to a keyspace that keeps its history
/// also notes what it replaces, in the same batch, in an ordered keyspace beside it.
///
/// ```
/// put(k, v3) at 30            keyspace           history of it
///                             k -> v3            (k, 20) -> v1   v1 was there until 20
///                                                (k, 30) -> v2   v2 was there until 30
/// as of 25: the first note behind 25 says v2; as of 35: there is none, so v3
/// ```
///
/// A note is of use to reads as of times before it, so it expires like any other entry when the
/// history has become longer than it is to be. That a write must read what it replaces makes it a
/// transaction of its own; those who do not keep a history pay nothing.
///
/// Thread safety: any number of threads.
final class Histories {
    private static final int WINDOWS = 8; // in which a history is cut

    private final OpenDatabase database;

    /// Higher than every stamp before: two writes of a key have the order of their commits, since
    /// the second begins after the first is seen.
    private final AtomicLong lastStamp = new AtomicLong();

    Histories(OpenDatabase database) {
        this.database = database;
    }

    static boolean isHistory(String keyspace) {
        return keyspace.startsWith(HistoryFormat.NAME_PREFIX);
    }

    /// The options of the history of a keyspace.
    static KeyspaceOptions options(KeyspaceOptions of) {
        Duration window = of.history().dividedBy(WINDOWS);
        return KeyspaceOptions.defaults()
                .withCompaction(Compaction.TIME_WINDOW)
                .withWindow(
                        window.compareTo(KeyspaceOptions.WINDOW_MIN) < 0
                                ? KeyspaceOptions.WINDOW_MIN
                                : window)
                .withTtl(of.history());
    }

    /// Notes since when a history is kept, durably.
    void begin(OrderedHandle history, long fromMillis) {
        byte[] millis = new byte[Long.BYTES];
        Bytes.putLong(millis, 0, fromMillis);
        history.put(HistoryFormat.beginKey(), millis, WriteOptions.SYNC.withTtl(Duration.ZERO));
    }

    /// The oldest time of which the history of a keyspace knows; now if there is none.
    long oldest(StoredKeyspace keyspace) {
        OrderedHandle history = database.historyOf(keyspace.number());
        byte[] begin = history == null ? null : history.get(HistoryFormat.beginKey());
        long now = database.environment().nowMillis();
        return begin == null
                ? now
                : Math.max(Bytes.getLong(begin, 0), now - keyspace.options().history().toMillis());
    }

    long nextStamp() {
        long now = HistoryFormat.stampOf(database.environment().nowMillis());
        return lastStamp.updateAndGet(last -> Math.max(last + 1, now));
    }

    /// Adds what a transaction's writes to a keyspace replace.
    void note(
            EntryBatch batch,
            TransactionKeyspace writes,
            Registration at,
            long stamp,
            OrderedHandle history) {
        KeyspaceHandle keyspace = writes.handle();
        for (var each : writes.writes().entrySet()) {
            TrackedKey key = each.getKey();
            KeyspaceHandle.Past before = keyspace.pastAt(at, key.bytes());
            if (before != null || each.getValue().isValue()) {
                add(batch, history, key, before, stamp);
            }
        }
        for (var deleted : writes.deleted().fragments()) {
            var range = new Range(deleted.from(), deleted.to());
            try (OrderedCursor cursor = ((OrderedHandle) keyspace).cursorAt(at, range)) {
                while (cursor.next()) {
                    byte[] bytes = cursor.key();
                    var key = new TrackedKey(bytes, keyspace.core().hash(bytes, bytes.length));
                    if (!writes.isWritten(key)) {
                        add(batch, history, key, keyspace.pastAt(at, bytes), stamp);
                    }
                }
            }
        }
    }

    private static void add(
            EntryBatch batch,
            OrderedHandle history,
            TrackedKey key,
            KeyspaceHandle.Past before,
            long stamp) {
        byte[] name = HistoryFormat.key(key.hash(), stamp);
        byte[] note =
                HistoryFormat.value(
                        key.bytes(),
                        before == null ? null : before.value(),
                        before == null ? 0 : before.expiry());
        long expiry = HistoryFormat.millisOf(stamp) + history.core().options().ttl().toMillis();
        batch.add(
                EntryFormat.PUT_EXPIRING,
                history.number(),
                name,
                name.length,
                EntryFormat.expiring(note, expiry),
                EntryFormat.EXPIRY_SIZE + note.length);
    }

    /// The value of a key as it was.
    byte[] getAsOf(KeyspaceHandle keyspace, byte[] key, Instant time) {
        OrderedHandle history = database.historyOf(keyspace.number());
        if (history == null) {
            throw new IllegalStateException("keyspace keeps no history: name=" + keyspace.name());
        }
        Checks.key(key);
        long millis = time.toEpochMilli();
        var holder = new Object();
        try (Registration at = database.beginSnapshot(holder)) {
            requireWithin(history, at, millis, keyspace.core().options().history());
            long hash = keyspace.core().hash(key, key.length);
            var behind =
                    new Range(
                            HistoryFormat.key(hash, HistoryFormat.stampOf(millis + 1)),
                            HistoryFormat.key(hash, -1L));
            try (OrderedCursor notes = history.cursorAt(at, behind)) {
                while (notes.next()) {
                    if (HistoryFormat.isOf(notes.valueSegment(), key)) {
                        return HistoryFormat.before(notes.value(), millis);
                    }
                }
            }
            KeyspaceHandle.Past now = keyspace.pastAt(at, key);
            boolean there = now != null && (now.expiry() == 0 || now.expiry() > millis);
            return there ? now.value() : null;
        } finally {
            Reference.reachabilityFence(holder);
        }
    }

    private void requireWithin(OrderedHandle history, Registration at, long millis, Duration kept) {
        byte[] begin = history.getAt(at, HistoryFormat.beginKey());
        long from = begin == null ? Long.MAX_VALUE : Bytes.getLong(begin, 0);
        from = Math.max(from, at.millis() - kept.toMillis());
        if (millis < from) {
            throw new IllegalArgumentException(
                    "history does not reach back so far: asked="
                            + Instant.ofEpochMilli(millis)
                            + " oldest="
                            + (begin == null ? "none" : Instant.ofEpochMilli(from)));
        }
    }
}
