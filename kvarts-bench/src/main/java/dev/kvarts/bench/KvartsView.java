package dev.kvarts.bench;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;

/// One of several keyspaces of a database that somebody else closes, as a store.
record KvartsView(Database database, Keyspace keyspace) implements KvartsData {
    @Override
    public Session session(int writeBatch) {
        return new KvartsSession(database, keyspace);
    }

    @Override
    public void settle() {
        database.flush();
    }

    @Override
    public Counters counters() {
        return KvartsStore.counters(keyspace.stats(), database.stats());
    }

    @Override
    public KvartsView another(String name) {
        throw new UnsupportedOperationException("only the database's own store makes keyspaces");
    }

    @Override
    public void close() {
        // The database is somebody else's.
    }
}
