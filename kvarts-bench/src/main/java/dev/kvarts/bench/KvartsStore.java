package dev.kvarts.bench;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.DatabaseStats;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.Options;

import java.nio.file.Path;
import java.time.Duration;

/// A hashed keyspace of Kvarts.
final class KvartsStore implements KvartsData {
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
        return new KvartsSession(database, keyspace);
    }

    @Override
    public void settle() {
        database.flush();
    }

    KeyspaceStats stats() {
        return keyspace.stats();
    }

    @Override
    public Database database() {
        return database;
    }

    @Override
    public Keyspace keyspace() {
        return keyspace;
    }

    @Override
    public KvartsView another(String name) {
        return new KvartsView(database, database.hashed(name));
    }

    @Override
    public Counters counters() {
        return counters(keyspace.stats(), database.stats());
    }

    static Counters counters(KeyspaceStats stats, DatabaseStats all) {
        return new Counters(
                stats.flushedBytes() + stats.reclaimedBytes() + stats.checkpointBytes(),
                stats.runReads() - stats.runReadsMissing(),
                stats.hits() - stats.memoryHits(),
                stats.runReadsMissing(),
                stats.gets() - stats.hits(),
                stats.indexBytes(),
                stats.entries(),
                stats.storedBytes(),
                stats.runs(),
                all.logSyncs());
    }

    /// Changes whenever a piece of background work is done.
    static long work(KeyspaceStats stats) {
        return stats.flushes() + stats.reclaims() + stats.flushedBytes() + stats.reclaimedBytes();
    }

    @Override
    public void close() {
        database.close();
    }
}
