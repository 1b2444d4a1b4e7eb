package dev.kvarts.bench;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;

import java.nio.file.Path;
import java.time.Duration;

/// An ordered keyspace of Kvarts.
final class KvartsOrderedStore implements KvartsData {
    private final Database database;
    private final OrderedKeyspace keyspace;
    private final KeyspaceOptions options;

    KvartsOrderedStore(Path directory, Settings settings) {
        this.options = options(settings);
        this.database = Kvarts.open(directory, KvartsStore.options(settings));
        this.keyspace = database.ordered("bench", options);
    }

    private static KeyspaceOptions options(Settings settings) {
        return KeyspaceOptions.defaults()
                .withCompaction(settings.compaction)
                .withWindow(Duration.ofSeconds(settings.windowSeconds))
                .withCodec(settings.codec)
                .withValueSeparation(settings.valueSeparation);
    }

    @Override
    public Session session(int writeBatch) {
        return new OrderedSession(database, keyspace);
    }

    @Override
    public Database database() {
        return database;
    }

    @Override
    public OrderedKeyspace keyspace() {
        return keyspace;
    }

    @Override
    public void settle() {
        database.flush();
        Quiet.await(() -> KvartsStore.work(keyspace.stats()));
    }

    @Override
    public KvartsView another(String name) {
        return new KvartsView(database, database.ordered(name, options));
    }

    @Override
    public Counters counters() {
        return KvartsStore.counters(keyspace.stats(), database.stats());
    }

    @Override
    public void close() {
        database.close();
    }

    private static final class OrderedSession extends KvartsSession {
        private final OrderedKeyspace keyspace;

        OrderedSession(Database database, OrderedKeyspace keyspace) {
            super(database, keyspace);
            this.keyspace = keyspace;
        }

        @Override
        public void deleteRange(byte[] from, byte[] to) {
            keyspace.deleteRange(Range.closedOpen(from, to));
        }

        @Override
        public Scan scan() {
            return new OrderedScan(keyspace.cursor());
        }
    }

    private static final class OrderedScan implements Session.Scan {
        private final OrderedCursor cursor;
        private boolean moved;

        OrderedScan(OrderedCursor cursor) {
            this.cursor = cursor;
        }

        @Override
        public int next(byte[] key, byte[] value) {
            return copy(cursor.next(), key, value);
        }

        @Override
        public int previous(byte[] key, byte[] value) {
            return copy(moved ? cursor.previous() : cursor.last(), key, value);
        }

        @Override
        public int seek(byte[] from, byte[] key, byte[] value) {
            return copy(cursor.seek(from), key, value);
        }

        private int copy(boolean found, byte[] key, byte[] value) {
            moved = true;
            return found ? KvartsSession.copy(cursor, key, value) : Session.ABSENT;
        }

        @Override
        public void close() {
            cursor.close();
        }
    }
}
