package dev.kvarts.db;

import dev.kvarts.entry.StoredKeyspace;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The keyspaces that are open, by number and by name.
///
/// Thread safety: any number of threads; changed under the database's lock.
final class KeyspaceTable {
    private volatile Map<Integer, StoredKeyspace> byNumber = Map.of();
    private volatile Map<Integer, StoredKeyspace> histories = Map.of(); // by number of the keyspace

    StoredKeyspace get(int number) {
        return byNumber.get(number);
    }

    StoredKeyspace get(String name) {
        for (StoredKeyspace keyspace : byNumber.values()) {
            if (keyspace.name().equals(name)) {
                return keyspace;
            }
        }
        return null;
    }

    /// The history of a keyspace, or null.
    StoredKeyspace historyOf(int number) {
        return histories.get(number);
    }

    boolean anyHistory() {
        return !histories.isEmpty();
    }

    private void change(Map<Integer, StoredKeyspace> next) {
        byNumber = next;
        var found = new TreeMap<Integer, StoredKeyspace>();
        for (StoredKeyspace keyspace : next.values()) {
            StoredKeyspace history = get(HistoryFormat.nameFor(keyspace.name()));
            if (history != null && !keyspace.options().history().isZero()) {
                found.put(keyspace.number(), history);
            }
        }
        histories = found;
    }

    /// Looks anew which keyspaces keep a history.
    void noteOptions() {
        change(byNumber);
    }

    List<StoredKeyspace> all() {
        return new ArrayList<>(byNumber.values());
    }

    int count() {
        return byNumber.size();
    }

    void add(StoredKeyspace keyspace) {
        var next = new TreeMap<>(byNumber);
        next.put(keyspace.number(), keyspace);
        change(next);
    }

    void remove(StoredKeyspace keyspace) {
        var next = new TreeMap<>(byNumber);
        next.remove(keyspace.number());
        change(next);
    }
}
