package dev.kvarts.cli;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.WriteBatch;

import java.lang.foreign.MemorySegment;

/// Puts many entries into one keyspace, in batches, in the order in which they come.
final class EntryWriter implements EntrySource.Receiver {
    private static final int BATCH_COUNT_MAX = 1_000;
    private static final long BATCH_BYTES_MAX = 1L << 20;

    private final Database database;
    private final Keyspace keyspace;
    private final Progress progress;
    private final WriteBatch batch;
    private long entries;
    private long bytes;

    EntryWriter(Database database, Keyspace keyspace, Progress progress) {
        this.database = database;
        this.keyspace = keyspace;
        this.progress = progress;
        this.batch = database.batch();
    }

    @Override
    public void accept(byte[] key, MemorySegment value) {
        if (value.byteSize() >= BATCH_BYTES_MAX) {
            flush(); // the order is kept: the later of two entries of one key wins
            keyspace.put(MemorySegment.ofArray(key), value);
        } else {
            batch.put(keyspace, MemorySegment.ofArray(key), value);
        }
        entries++;
        bytes += key.length + value.byteSize();
        if (batch.count() >= BATCH_COUNT_MAX || batch.sizeBytes() >= BATCH_BYTES_MAX) {
            flush();
        }
        progress.step(1);
    }

    /// Writes what is gathered.
    void flush() {
        if (batch.count() > 0) {
            database.write(batch);
            batch.clear();
        }
    }

    long entries() {
        return entries;
    }

    /// Bytes of keys and values.
    long bytes() {
        return bytes;
    }
}
