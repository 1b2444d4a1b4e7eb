package dev.kvarts.hash;

import dev.kvarts.entry.EntryFormat;
import dev.kvarts.manifest.Environment;
import dev.kvarts.memtable.HashStore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// All entries of a keyspace, slice by slice of the hash range.
///
/// A slice is gathered inside one epoch: what is in memory stores first, then the records of every
/// run that the maplet names and that are not dead. So a run that is being applied, or one that is
/// being reclaimed, gives each key once: the maplet knows one of them.
///
/// Thread safety: one thread.
public final class EntrySlices {
    private static final int ENTRIES_PER_SLICE = 1024;
    private static final long BYTES_PER_SLICE = 1 << 20;
    private static final int PARTS_MAX = 1 << 20;

    private final HashedKeyspace keyspace;
    private final Environment environment;
    private final long snapshot; // or HashedKeyspace.NOW
    private final long time; // what has expired by then is not seen; 0: the present
    private int partition = -1;
    private int part;
    private int parts;
    private long now; // of the slice

    private final List<byte[]> keys = new ArrayList<>();
    private final List<byte[]> values = new ArrayList<>();

    EntrySlices(HashedKeyspace keyspace, Environment environment, long snapshot, long time) {
        this.keyspace = keyspace;
        this.environment = environment;
        this.snapshot = snapshot;
        this.time = time;
    }

    /// Gathers the next slice that is not empty. Returns whether there is one.
    public boolean next() {
        do {
            if (part == parts && !nextPartition()) {
                return false;
            }
            keys.clear();
            values.clear();
            int token = environment.epochs().enter();
            try {
                gather();
            } finally {
                environment.epochs().exit(token);
            }
            part++;
        } while (keys.isEmpty());
        return true;
    }

    public List<byte[]> keys() {
        return keys;
    }

    public List<byte[]> values() {
        return values;
    }

    private boolean nextPartition() {
        if (partition + 1 >= keyspace.index.partitions()) {
            return false;
        }
        partition++;
        part = 0;
        int token = environment.epochs().enter();
        try {
            int count = keyspace.index.get(partition).count;
            long bytes = keyspace.runs.liveBytes() / keyspace.index.partitions();
            long wanted = Math.max(count / ENTRIES_PER_SLICE, bytes / BYTES_PER_SLICE);
            parts = (int) Math.min(PARTS_MAX, Long.highestOneBit(Math.max(1, wanted)));
        } finally {
            environment.epochs().exit(token);
        }
        return true;
    }

    private void gather() {
        long width = keyspace.index.lastHash(partition) - keyspace.index.firstHash(partition);
        long step =
                Long.divideUnsigned(width, parts)
                        + 1; // parts is a power of two, so this divides evenly
        long first = keyspace.index.firstHash(partition) + part * step;
        long last = part + 1 == parts ? keyspace.index.lastHash(partition) : first + step - 1;

        now = time != 0 ? time : environment.nowMillis();
        HashedKeyspace.Sources sources = keyspace.sources(snapshot);
        Set<Key> inMemory = new HashSet<>();
        gather(sources.newer(), first, last, sources.visible(), inMemory);
        if (sources.older() != null) {
            gather(sources.older(), first, last, sources.visible(), inMemory);
        }
        Maplet maplet = sources.index().maplet(partition);
        for (Run run : sources.index().runs()) {
            if (run != null) {
                gather(run, sources.index(), maplet, first, last, inMemory);
            }
        }
    }

    private void gather(HashStore store, long first, long last, long visible, Set<Key> seen) {
        store.forEach(
                first,
                last,
                visible,
                (kind, expiry, key, value) -> {
                    boolean there = EntryFormat.isPut(kind) && !isPast(expiry);
                    if (seen.add(new Key(key)) && there) {
                        keys.add(key);
                        values.add(value);
                    }
                });
    }

    private void gather(
            Run run, IndexView index, Maplet maplet, long first, long last, Set<Key> seen) {
        RunCursor cursor = run.cursor(first, last, environment.hashSeed());
        while (cursor.next()) {
            if (!cursor.tombstone
                    && !isPast(cursor.expiry)
                    && !index.isDead(run, cursor.ordinal)
                    && names(maplet, cursor.hash, run.id)) {
                byte[] key = Arrays.copyOf(cursor.key, cursor.keySize);
                if (!seen.contains(new Key(key))) {
                    keys.add(key);
                    values.add(cursor.copyValue());
                }
            }
        }
    }

    private boolean isPast(long expiry) {
        boolean past = expiry != 0 && expiry <= now;
        if (past) {
            environment.clock().rely();
        }
        return past;
    }

    private boolean names(Maplet maplet, long hash, int id) {
        int value = maplet.value(keyspace.index.fraction(hash));
        long group = maplet.group(value);
        long end = (group >>> 8) + (group & 0xFF);
        for (long i = group >>> 8; i < end; i++) {
            if (maplet.entry(i) == ((value & 0xFF) << 8 | id)) {
                return true;
            }
        }
        return false;
    }

    /// A key that equals another of the same bytes.
    private record Key(byte[] bytes) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key that && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }
}
