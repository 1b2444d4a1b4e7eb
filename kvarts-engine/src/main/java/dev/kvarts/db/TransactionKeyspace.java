package dev.kvarts.db;

import dev.kvarts.api.Range;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Prefixed;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.RangeDelete;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.txn.Footprint;
import dev.kvarts.txn.TrackedKey;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What a transaction did to one keyspace: the keys that it wrote, with what it wrote, those that
/// it must find unchanged, and the ranges that it deleted.
///
/// A deleted range takes the writes before it along; so a write that is there is newer than every
/// range, and in the batch ranges come first.
///
/// Thread safety: one thread at a time.
final class TransactionKeyspace {
    private static final long ANY = 1; // a sequence number for deleted ranges

    private final KeyspaceHandle handle;
    private final Map<TrackedKey, Pending> keys = new HashMap<>();
    private final Footprint footprint;
    private NavigableMap<byte[], TrackedKey> sorted; // of what was written; null until asked for
    private RangeTombstones deleted = RangeTombstones.NONE;

    /// What is to become of a key.
    ///
    /// @param kind of the entry; 0: the key was only read
    /// @param prefix what the log has in front of the value, by the kind
    record Pending(byte kind, byte[] value, byte[] prefix) {
        private static final byte[] NO_PREFIX = new byte[0];
        static final Pending READ = new Pending((byte) 0, null, NO_PREFIX);
        static final Pending DELETE = new Pending(EntryFormat.DELETE, null, NO_PREFIX);

        static Pending value(byte[] value, long expiry) {
            return expiry == 0
                    ? new Pending(EntryFormat.PUT, value, NO_PREFIX)
                    : new Pending(
                            EntryFormat.PUT_EXPIRING,
                            value,
                            EntryFormat.expiring(value, expiry).prefix());
        }

        /// Of an entry as the log has it.
        static Pending stored(byte kind, byte[] stored) {
            if (!EntryFormat.isPut(kind)) {
                return DELETE;
            }
            int prefix = EntryFormat.prefixSize(kind);
            return new Pending(
                    kind,
                    Arrays.copyOfRange(stored, prefix, stored.length),
                    Arrays.copyOf(stored, prefix));
        }

        /// When the value expires; 0: it does not.
        long expiry() {
            return prefix.length == 0 ? 0 : Bytes.getLong(prefix, 0);
        }

        boolean isWrite() {
            return kind != 0;
        }

        boolean isValue() {
            return EntryFormat.isPut(kind);
        }

        long sizeBytes() {
            return value == null ? 0 : value.length + EntryFormat.prefixSize(kind);
        }

        /// The value as the log has it.
        Object stored() {
            return prefix.length == 0 ? value : new Prefixed(prefix, value);
        }
    }

    TransactionKeyspace(KeyspaceHandle handle) {
        this.handle = handle;
        this.footprint = new Footprint(handle.core(), keys.keySet());
    }

    KeyspaceHandle handle() {
        return handle;
    }

    Footprint footprint() {
        return footprint;
    }

    /// What was written to the key, a tombstone if it was deleted, by range too; null if nothing
    /// was.
    Pending written(TrackedKey key) {
        Pending pending = keys.get(key);
        if (pending != null && pending.isWrite()) {
            return pending;
        }
        return isDeleted(key.bytes()) ? Pending.DELETE : null;
    }

    /// Whether the key is in a range that was deleted.
    boolean isDeleted(byte[] key) {
        return !deleted.isEmpty() && deleted.covering(key, key.length, ANY) != 0;
    }

    /// Notes that the key must be found unchanged. Returns whether that is new.
    boolean track(TrackedKey key) {
        return keys.putIfAbsent(key, Pending.READ) == null;
    }

    /// Sets what is to become of a key; null: nothing. Returns what was to.
    Pending set(TrackedKey key, Pending pending) {
        Pending before = pending == null ? keys.remove(key) : keys.put(key, pending);
        if (sorted != null) {
            if (pending != null && pending.isWrite()) {
                sorted.put(key.bytes(), key);
            } else {
                sorted.remove(key.bytes());
            }
        }
        return before;
    }

    boolean isWritten(TrackedKey key) {
        Pending pending = keys.get(key);
        return pending != null && pending.isWrite();
    }

    /// The keys that were written, in their order; goes on to change with them.
    NavigableMap<byte[], TrackedKey> sorted() {
        if (sorted == null) {
            sorted = new TreeMap<>(Arrays::compareUnsigned);
            keys.forEach(
                    (key, pending) -> {
                        if (pending.isWrite()) {
                            sorted.put(key.bytes(), key);
                        }
                    });
        }
        return sorted;
    }

    /// The keys of a range that were written.
    List<TrackedKey> writtenIn(Range range) {
        NavigableMap<byte[], TrackedKey> above = sorted().tailMap(range.from(), true);
        return new ArrayList<>(
                (range.to() == null ? above : above.headMap(range.to(), false)).values());
    }

    RangeTombstones deleted() {
        return deleted;
    }

    void deleted(RangeTombstones ranges) {
        deleted = ranges;
    }

    void delete(Range range) {
        deleted = deleted.with(range.from(), range.to(), ANY);
    }

    /// Everything that was written, as it is now.
    Map<TrackedKey, Pending> writes() {
        Map<TrackedKey, Pending> writes = new HashMap<>(keys);
        writes.values().removeIf(pending -> !pending.isWrite());
        return writes;
    }

    void addTo(EntryBatch batch) {
        for (RangeTombstones.Fragment range : deleted.fragments()) {
            byte[] end = RangeDelete.encode(range.to());
            byte[] from = range.from();
            batch.add(
                    EntryFormat.RANGE_DELETE, handle.number(), from, from.length, end, end.length);
        }
        for (Map.Entry<TrackedKey, Pending> each : keys.entrySet()) {
            Pending pending = each.getValue();
            if (pending.isWrite()) {
                byte[] key = each.getKey().bytes();
                batch.add(
                        pending.kind(),
                        handle.number(),
                        key,
                        key.length,
                        pending.stored(),
                        pending.sizeBytes());
            }
        }
    }
}
