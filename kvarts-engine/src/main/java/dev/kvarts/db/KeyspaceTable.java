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

    List<StoredKeyspace> all() {
        return new ArrayList<>(byNumber.values());
    }

    int count() {
        return byNumber.size();
    }

    void add(StoredKeyspace keyspace) {
        var next = new TreeMap<>(byNumber);
        next.put(keyspace.number(), keyspace);
        byNumber = next;
    }

    void remove(StoredKeyspace keyspace) {
        var next = new TreeMap<>(byNumber);
        next.remove(keyspace.number());
        byNumber = next;
    }
}
