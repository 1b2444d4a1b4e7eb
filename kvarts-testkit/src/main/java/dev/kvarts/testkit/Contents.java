package dev.kvarts.testkit;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
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

    /// Whether a keyspace of this name is an ordered one: of all that tests make, those whose names
    /// begin with `o` are.
    public static boolean isOrdered(String keyspace) {
        return keyspace.startsWith("o");
    }

    /// The keyspace in its shape; created when there is none.
    public static Keyspace keyspace(Database db, String name) {
        return isOrdered(name) ? db.ordered(name) : db.hashed(name);
    }

    /// Walks over every keyspace, and over the ordered ones in both directions.
    ///
    /// @throws AssertionError if a cursor shows a key twice or in the wrong order, or if the two
    ///   directions disagree
    public static Map<Name, byte[]> read(Database db) {
        var entries = new HashMap<Name, byte[]>();
        for (String name : db.keyspaces()) {
            Keyspace keyspace = db.keyspace(name);
            if (keyspace instanceof OrderedKeyspace ordered) {
                readOrdered(ordered, entries);
            } else {
                readHashed(keyspace, entries);
            }
        }
        return entries;
    }

    private static void readHashed(Keyspace keyspace, Map<Name, byte[]> entries) {
        try (Cursor cursor = keyspace.cursor()) {
            while (cursor.next()) {
                Name name = Model.name(keyspace.name(), cursor.key());
                if (entries.put(name, cursor.value()) != null) {
                    throw new AssertionError("cursor shows a key twice: " + name);
                }
            }
        }
    }

    private static void readOrdered(OrderedKeyspace keyspace, Map<Name, byte[]> entries) {
        var keys = new ArrayList<byte[]>();
        try (OrderedCursor cursor = keyspace.cursor()) {
            while (cursor.next()) {
                byte[] key = cursor.key();
                if (!keys.isEmpty() && Arrays.compareUnsigned(keys.getLast(), key) >= 0) {
                    throw new AssertionError(
                            "cursor goes back: "
                                    + Model.name(keyspace.name(), keys.getLast())
                                    + " then "
                                    + Model.name(keyspace.name(), key));
                }
                keys.add(key);
                entries.put(Model.name(keyspace.name(), key), cursor.value());
            }
            for (byte[] key : keys.reversed()) {
                Name name = Model.name(keyspace.name(), key);
                requireAgreement(cursor.previous(), "cursor going back ends before", name);
                requireAgreement(
                        Arrays.equals(key, cursor.key()), "cursor going back leaves out", name);
                requireAgreement(
                        Arrays.equals(entries.get(name), cursor.value()),
                        "cursor going back shows another value of",
                        name);
            }
            if (cursor.previous()) {
                throw new AssertionError("cursor going back shows more: " + keyspace.name());
            }
        }
        requireEnd(keyspace.first(), keys.isEmpty() ? null : keys.getFirst(), keyspace.name());
        requireEnd(keyspace.last(), keys.isEmpty() ? null : keys.getLast(), keyspace.name());
    }

    private static void requireEnd(Entry end, byte[] key, String keyspace) {
        if (!Arrays.equals(end == null ? null : end.key(), key)) {
            throw new AssertionError(
                    "first or last entry is not the cursor's: keyspace="
                            + keyspace
                            + " found="
                            + end
                            + " cursor="
                            + Arrays.toString(key));
        }
    }

    private static void requireAgreement(boolean holds, String what, Name name) {
        if (!holds) {
            throw new AssertionError(what + " " + name);
        }
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
                    Keyspace keyspace = db.keyspace(keyspaceName);
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
