package dev.kvarts.testkit;

import dev.kvarts.api.Durability;
import dev.kvarts.api.Range;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;

/// The history of one writer: what it wrote, in which order, and what must still be there after a
/// crash.
///
/// A step is one atomic write. The writer [begins][#begin] it, writes, and
/// [acknowledges][#acknowledge] it with what it was promised; a finished flush promises
/// [all][#flushed] that came before. After a crash [Check#prefix] finds the prefix of the history
/// that the recovered database shows: it must contain every step that was promised, and nothing
/// else is accepted, no half batch and no value that was never written.
///
/// Unlogged writes ([Durability#NONE]) keep no order. They belong to keyspaces of their own, in
/// which each key by itself must show a value it had, no older than the last flush.
///
/// Thread safety: one thread at a time.
public final class Model {
    /// A key has a value from now on, or none (null).
    @SuppressWarnings("ArrayRecordComponent") // nobody changes it
    public record Change(Name name, byte[] value) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Change change
                    && name.equals(change.name)
                    && Arrays.equals(value, change.value);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    /// A key of a keyspace. The key is one character per byte.
    public record Name(String keyspace, String key) implements Comparable<Name> {
        @Override
        public int compareTo(Name other) {
            int order = keyspace.compareTo(other.keyspace);
            return order != 0 ? order : key.compareTo(other.key);
        }
    }

    /// What was promised at some moment: how many steps of the history must survive.
    ///
    /// @param flushed steps before the last finished flush: these survive whatever their durability
    ///   was
    /// @param durable steps that survive a crash of the machine
    /// @param acknowledged steps that survive a crash of the process
    /// @param begun steps that may be there
    public record Promise(int flushed, int durable, int acknowledged, int begun) {
        /// How many steps must survive this kind of crash.
        public int required(CrashMode mode) {
            return mode == CrashMode.PROCESS_KILL ? acknowledged : durable;
        }
    }

    private record Step(List<Change> changes, boolean logged) {}

    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    private record Unlogged(int step, byte[] value) {}

    private final List<Step> steps = new ArrayList<>();
    private final NavigableMap<Name, byte[]> now = new TreeMap<>();
    private final Map<Name, List<Unlogged>> unlogged = new TreeMap<>();
    private int flushed;
    private int durable;
    private int acknowledged;

    /// A history that begins with nothing.
    public Model() {}

    /// A history whose first step wrote these entries, durably.
    public Model(Map<Name, byte[]> entries) {
        var changes = new ArrayList<Change>();
        entries.forEach((name, value) -> changes.add(new Change(name, value)));
        begin(Durability.SYNC, changes);
        acknowledge(Durability.SYNC);
        flushed();
    }

    /// What the key has now, or null.
    public byte[] get(Name name) {
        return now.get(name);
    }

    /// All entries, as they are now. Not a copy.
    public NavigableMap<Name, byte[]> now() {
        return now;
    }

    /// The entries of a range of a keyspace, as they are now and in the order of their keys. Not a
    /// copy.
    public NavigableMap<Name, byte[]> now(String keyspace, Range range) {
        Name from = name(keyspace, range.from());
        if (range.isEmpty()) {
            return now.subMap(from, true, from, false);
        }
        byte[] to = range.to();
        // No name of a keyspace has a zero character in it.
        Name end = to == null ? new Name(keyspace + '\0', "") : name(keyspace, to);
        return now.subMap(from, true, end, false);
    }

    /// What removing a range changes: every key that is in it now.
    public List<Change> without(String keyspace, Range range) {
        return now(keyspace, range).keySet().stream().map(name -> new Change(name, null)).toList();
    }

    /// The next atomic write; requires that the one before was acknowledged.
    public void begin(Durability durability, List<Change> changes) {
        if (acknowledged != steps.size()) {
            throw new AssertionError("the step before was not acknowledged");
        }
        boolean logged = durability != Durability.NONE;
        steps.add(new Step(List.copyOf(changes), logged));
        for (Change change : changes) {
            apply(change, now);
            if (!logged) {
                unlogged.computeIfAbsent(change.name, _ -> new ArrayList<>())
                        .add(new Unlogged(steps.size(), change.value));
            }
        }
    }

    /// The last step returned, with this promise.
    public void acknowledge(Durability durability) {
        acknowledged = steps.size();
        if (durability == Durability.SYNC) {
            durable = acknowledged;
        }
    }

    /// A flush, or a close, that began after the last step has returned.
    public void flushed() {
        if (acknowledged != steps.size()) {
            throw new AssertionError("the step before was not acknowledged");
        }
        durable = acknowledged;
        flushed = acknowledged;
    }

    /// What is promised now.
    public Promise promise() {
        return new Promise(flushed, durable, acknowledged, steps.size());
    }

    /// The history from its beginning, for checks at later and later moments.
    public Check check() {
        return new Check();
    }

    private static void apply(Change change, Map<Name, byte[]> state) {
        if (change.value == null) {
            state.remove(change.name);
        } else {
            state.put(change.name, change.value);
        }
    }

    /// Walks along the history. Keeps the state after the steps that were required last, because
    /// the next check will hardly require fewer.
    ///
    /// Thread safety: one thread at a time, and only when the history grows no more.
    public final class Check {
        private final Map<Name, byte[]> state = new HashMap<>();
        private int position;

        private Check() {}

        private void moveTo(int target) {
            if (target < position) {
                state.clear();
                position = 0;
            }
            for (; position < target; position++) {
                applyLogged(position);
            }
        }

        private void applyLogged(int step) {
            if (steps.get(step).logged) {
                steps.get(step).changes.forEach(change -> apply(change, state));
            }
        }

        /// How many steps the recovered entries show.
        ///
        /// @param required steps that must be among them
        /// @throws AssertionError if the entries are not the state after any number of steps in
        ///   `required..begun`, or an unlogged key has a value that it should not have
        public int prefix(Map<Name, byte[]> recovered, int required, Promise promise) {
            checkUnlogged(recovered, promise);
            moveTo(required);
            var wrong =
                    new HashMap<
                            Name,
                            byte[]>(); // where recovered differs from the state now, and how it
            // is there
            recovered.forEach(
                    (name, value) -> {
                        if (!unlogged.containsKey(name) && !Arrays.equals(value, state.get(name))) {
                            wrong.put(name, state.get(name));
                        }
                    });
            state.forEach(
                    (name, value) -> {
                        if (!recovered.containsKey(name)) {
                            wrong.put(name, value);
                        }
                    });
            if (wrong.isEmpty()) {
                return required;
            }
            var wrongFirst = new HashMap<>(wrong);
            for (int step = required; step < promise.begun; step++) {
                if (!steps.get(step).logged) {
                    continue;
                }
                for (Change change : steps.get(step).changes) {
                    if (Arrays.equals(change.value, recovered.get(change.name))) {
                        wrong.remove(change.name);
                    } else {
                        wrong.put(change.name, change.value);
                    }
                }
                if (wrong.isEmpty()) {
                    return step + 1;
                }
            }
            throw new AssertionError(
                    "recovered entries are no prefix of history: required="
                            + required
                            + " begun="
                            + promise.begun
                            + " recovered="
                            + recovered.size()
                            + "; against the required ones "
                            + wrongFirst.size()
                            + " differ: "
                            + describe(wrongFirst, recovered)
                            + "; against all "
                            + wrong.size()
                            + " differ: "
                            + describe(wrong, recovered));
        }

        private void checkUnlogged(Map<Name, byte[]> recovered, Promise promise) {
            unlogged.forEach(
                    (name, values) -> {
                        byte[] value = recovered.get(name);
                        boolean possible = value == null;
                        for (Unlogged written : values) {
                            if (written.step > promise.begun) {
                                break;
                            }
                            if (written.step <= promise.flushed) {
                                possible = false; // overwritten by this one, durably
                            }
                            possible |= Arrays.equals(value, written.value);
                        }
                        if (!possible) {
                            throw new AssertionError(
                                    "unlogged key has a value it cannot have: "
                                            + name
                                            + " value="
                                            + hex(value)
                                            + " promise="
                                            + promise);
                        }
                    });
        }

        private String describe(Map<Name, byte[]> wrong, Map<Name, byte[]> recovered) {
            var text = new StringBuilder();
            int shown = 0;
            for (var entry : new TreeMap<>(wrong).entrySet()) {
                if (shown++ == 4) {
                    text.append(" ...");
                    break;
                }
                text.append(' ')
                        .append(entry.getKey())
                        .append(" expected=")
                        .append(hex(entry.getValue()))
                        .append(" found=")
                        .append(hex(recovered.get(entry.getKey())))
                        .append(origin(entry.getKey(), recovered.get(entry.getKey())));
            }
            return text.toString();
        }

        /// Which step wrote that.
        private String origin(Name name, byte[] value) {
            var found = new ArrayList<Integer>();
            for (int step = 0; step < steps.size(); step++) {
                for (Change change : steps.get(step).changes) {
                    if (change.name.equals(name) && Arrays.equals(change.value, value)) {
                        found.add(step);
                    }
                }
            }
            return value != null && found.isEmpty()
                    ? " (never written)"
                    : " (of steps " + found + ")";
        }
    }

    private static String hex(byte[] value) {
        if (value == null) {
            return "none";
        }
        int shown = Math.min(value.length, 12);
        return HexFormat.of().formatHex(value, 0, shown)
                + (shown < value.length ? "..(" + value.length + ")" : "");
    }

    /// Makes a record of a key and a value as the interfaces have them.
    public static Change change(String keyspace, byte[] key, byte[] value) {
        Objects.requireNonNull(keyspace, "keyspace");
        return new Change(name(keyspace, key), value);
    }

    /// The name of a key as the interfaces have it.
    public static Name name(String keyspace, byte[] key) {
        return new Name(keyspace, new String(key, StandardCharsets.ISO_8859_1));
    }

    /// The key of a name.
    public static byte[] key(Name name) {
        return name.key.getBytes(StandardCharsets.ISO_8859_1);
    }
}
