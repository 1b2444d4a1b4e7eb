package dev.kvarts.testkit;

import dev.kvarts.testkit.Model.Name;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The history of one writer some of whose writes failed: a step that was acknowledged has
/// happened; one that failed has happened as a whole or not at all, and nobody knows.
///
/// Every value is written once, so that a value tells its step.
final class UncertainHistory {
    /// A step changed the key; null deleted it.
    private record Touch(int step, byte[] value) {}

    private final List<Boolean> acknowledged = new ArrayList<>();
    private final Map<Name, List<Touch>> touches = new TreeMap<>();

    /// Returns the number of the step.
    int begin(Map<Name, byte[]> changes) {
        int step = acknowledged.size();
        acknowledged.add(false);
        changes.forEach(
                (name, value) ->
                        touches.computeIfAbsent(name, _ -> new ArrayList<>())
                                .add(new Touch(step, value)));
        return step;
    }

    void acknowledge(int step) {
        acknowledged.set(step, true);
    }

    /// Steps so far.
    int size() {
        return acknowledged.size();
    }

    Set<Name> names() {
        return touches.keySet();
    }

    /// Requires that the entries are what the first so many steps leave, at least `required` and at
    /// most `begun`.
    void require(Map<Name, byte[]> found, int required, int begun) {
        for (Name name : found.keySet()) {
            if (!touches.containsKey(name)) {
                throw new AssertionError("a key that was never written: " + name);
            }
        }
        String first = "";
        for (int steps = begun; steps >= required; steps--) {
            String wrong = difference(found, steps);
            if (wrong == null) {
                return;
            }
            first = first.isEmpty() ? wrong : first;
        }
        throw new AssertionError(
                "no prefix of history: required="
                        + required
                        + " begun="
                        + begun
                        + "; against all: "
                        + first
                        + "; against the required: "
                        + difference(found, required));
    }

    /// Why the entries are not what the first so many steps leave; null if they are.
    private String difference(Map<Name, byte[]> found, int steps) {
        var happened = new HashSet<Integer>();
        var didNot = new HashSet<Integer>();
        for (var entry : touches.entrySet()) {
            byte[] value = found.get(entry.getKey());
            if (!explained(entry.getValue(), value, steps, happened, didNot)) {
                return describe(entry.getKey(), value);
            }
        }
        happened.retainAll(didNot);
        return happened.isEmpty() ? null : "half of a batch: step=" + happened;
    }

    /// Whether the newest step that changed the key may have left this value. Notes which uncertain
    /// steps have happened then, and which have not.
    private boolean explained(
            List<Touch> changes,
            byte[] value,
            int steps,
            Set<Integer> happened,
            Set<Integer> didNot) {
        List<Touch> newestFirst =
                changes.reversed().stream().filter(touch -> touch.step < steps).toList();
        for (int i = 0; i < newestFirst.size(); i++) {
            Touch touch = newestFirst.get(i);
            if (Arrays.equals(touch.value, value)) {
                if (value != null || presentAfter(newestFirst.subList(i + 1, newestFirst.size()))) {
                    happened.add(touch.step);
                }
                return true;
            }
            if (acknowledged.get(touch.step)) {
                return false;
            }
            didNot.add(touch.step);
        }
        return value == null;
    }

    /// Whether the key has a value after these steps, whichever of them have happened.
    private boolean presentAfter(List<Touch> newestFirst) {
        for (Touch touch : newestFirst) {
            if (touch.value == null || acknowledged.get(touch.step)) {
                return touch.value != null;
            }
        }
        return false;
    }

    private String describe(Name name, byte[] value) {
        return name
                + " has "
                + number(value)
                + " of "
                + touches.get(name).stream()
                        .map(
                                touch ->
                                        touch.step
                                                + ":"
                                                + number(touch.value)
                                                + (acknowledged.get(touch.step) ? "+" : "?"))
                        .toList();
    }

    private static String number(byte[] value) {
        return value == null ? "none" : Long.toString(ByteBuffer.wrap(value).getLong());
    }
}
