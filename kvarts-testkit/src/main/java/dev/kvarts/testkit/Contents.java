package dev.kvarts.testkit;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.testkit.Model.Name;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a database shows when everything is read.
public final class Contents {
    private Contents() {}

    /// Walks over every keyspace.
    ///
    /// @throws AssertionError if a cursor shows a key twice
    public static Map<Name, byte[]> read(Database db) {
        var entries = new HashMap<Name, byte[]>();
        for (String keyspace : db.keyspaces()) {
            try (Cursor cursor = db.hashed(keyspace).cursor()) {
                while (cursor.next()) {
                    Name name = Model.name(keyspace, cursor.key());
                    if (entries.put(name, cursor.value()) != null) {
                        throw new AssertionError("cursor shows a key twice: " + name);
                    }
                }
            }
        }
        return entries;
    }

    /// Looks these keys up one by one and together, and compares with what the walk showed.
    ///
    /// @throws AssertionError if the three disagree
    public static void requireLookupsAgree(
            Database db, Map<Name, byte[]> entries, Collection<Name> names) {
        var present = db.keyspaces();
        var byKeyspace = new HashMap<String, List<Name>>();
        for (Name name : names) {
            if (present.contains(name.keyspace())) {
                byKeyspace.computeIfAbsent(name.keyspace(), _ -> new ArrayList<>()).add(name);
            }
        }
        byKeyspace.forEach(
                (keyspaceName, wanted) -> {
                    Keyspace keyspace = db.hashed(keyspaceName);
                    List<byte[]> together =
                            keyspace.getAll(wanted.stream().map(Model::key).toList());
                    for (int i = 0; i < wanted.size(); i++) {
                        Name name = wanted.get(i);
                        byte[] walked = entries.get(name);
                        byte[] looked = keyspace.get(Model.key(name));
                        if (!Arrays.equals(walked, looked)
                                || !Arrays.equals(walked, together.get(i))) {
                            throw new AssertionError(
                                    "cursor, get and getAll disagree: "
                                            + name
                                            + " cursor="
                                            + Arrays.toString(walked)
                                            + " get="
                                            + Arrays.toString(looked)
                                            + " getAll="
                                            + Arrays.toString(together.get(i)));
                        }
                    }
                });
    }
}
