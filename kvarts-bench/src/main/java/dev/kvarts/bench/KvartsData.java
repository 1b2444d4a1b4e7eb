package dev.kvarts.bench;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;

/// A store of ours, for runs that need more of it than every store has.
interface KvartsData extends Store {
    Database database();

    Keyspace keyspace();

    /// A keyspace of the same shape and options in the same database; made when there is none.
    KvartsView another(String name);

    /// Waits until nothing is left to do in the background.
    default void rest() {
        settle();
        Quiet.await(() -> KvartsStore.work(keyspace().stats()));
    }
}
