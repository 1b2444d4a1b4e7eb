package dev.kvarts.bench;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.Options;
import dev.kvarts.api.ValueReader;
import dev.kvarts.api.WriteOptions;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;

/// A hashed keyspace of Kvarts.
final class KvartsStore implements Store {
    private final Database database;
    private final Keyspace keyspace;

    KvartsStore(Path directory, Settings settings) {
        this(directory, options(settings));
    }

    KvartsStore(Path directory, Options options) {
        this.database = Kvarts.open(directory, options);
        this.keyspace = database.hashed("bench");
    }

    static Options options(Settings settings) {
        return Options.defaults()
                .withDurability(Durability.BUFFERED)
                .withSyncInterval(Duration.ofMillis(settings.syncIntervalMillis))
                .withMemory(settings.memoryBytes)
                .withMemoryStore(settings.memoryStoreBytes)
                .withReadMode(settings.readMode);
    }

    @Override
    public Session session(int writeBatch) {
        return new KvartsSession(keyspace);
    }

    @Override
    public void settle() {
        database.flush();
    }

    KeyspaceStats stats() {
        return keyspace.stats();
    }

    Database database() {
        return database;
    }

    @Override
    public Counters counters() {
        KeyspaceStats stats = keyspace.stats();
        return new Counters(
                stats.flushedBytes() + stats.reclaimedBytes() + stats.checkpointBytes(),
                stats.runReads() - stats.runReadsMissing(),
                stats.hits() - stats.memoryHits(),
                stats.runReadsMissing(),
                stats.gets() - stats.hits(),
                stats.indexBytes(),
                stats.entries());
    }

    @Override
    public void close() {
        database.close();
    }

    /// Reads through a [ValueReader] that copies: the same work as the rivals' reads into an array
    /// that is there already.
    private static final class KvartsSession implements Session, ValueReader<KvartsSession> {
        private final Keyspace keyspace;
        private byte[] into;
        private int length;

        KvartsSession(Keyspace keyspace) {
            this.keyspace = keyspace;
        }

        @Override
        public void put(byte[] key, byte[] value) {
            keyspace.put(key, value);
        }

        @Override
        public void putSync(byte[] key, byte[] value) {
            keyspace.put(key, value, WriteOptions.SYNC);
        }

        @Override
        public int get(byte[] key, byte[] into) {
            this.into = into;
            return keyspace.get(key, this) == null ? ABSENT : length;
        }

        @Override
        public KvartsSession read(MemorySegment value) {
            length = (int) value.byteSize();
            MemorySegment.copy(value, ValueLayout.JAVA_BYTE, 0, into, 0, length);
            return this;
        }

        @Override
        public void delete(byte[] key) {
            keyspace.delete(key);
        }

        @Override
        public Scan scan() {
            return new KvartsScan(keyspace.cursor());
        }

        @Override
        public void close() {
            // Nothing is gathered.
        }
    }

    private record KvartsScan(Cursor cursor) implements Session.Scan {
        @Override
        public int next(byte[] key, byte[] value) {
            if (!cursor.next()) {
                return Session.ABSENT;
            }
            MemorySegment found = cursor.keySegment();
            MemorySegment.copy(found, ValueLayout.JAVA_BYTE, 0, key, 0, (int) found.byteSize());
            found = cursor.valueSegment();
            MemorySegment.copy(found, ValueLayout.JAVA_BYTE, 0, value, 0, (int) found.byteSize());
            return (int) found.byteSize();
        }

        @Override
        public void close() {
            cursor.close();
        }
    }
}
