package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvarts.api.Durability;
import dev.kvarts.testkit.Model.Change;
import dev.kvarts.testkit.Model.Name;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The model accepts prefixes with every promised step, and nothing else.
class PrefixCheckTest {
    private final Model model = new Model();

    private static Name name(String key) {
        return new Name("a", key);
    }

    private static Change change(String key, int value) {
        return new Change(name(key), value == 0 ? null : new byte[] {(byte) value});
    }

    private void step(Durability durability, Change... changes) {
        model.begin(durability, List.of(changes));
        model.acknowledge(durability);
    }

    private static Map<Name, byte[]> entries(Object... keysAndValues) {
        var entries = new HashMap<Name, byte[]>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            entries.put(
                    name((String) keysAndValues[i]),
                    new byte[] {((Integer) keysAndValues[i + 1]).byteValue()});
        }
        return entries;
    }

    private int prefix(CrashMode mode, Map<Name, byte[]> entries) {
        Model.Promise promise = model.promise();
        return model.check().prefix(entries, promise.required(mode), promise);
    }

    private void refused(CrashMode mode, Map<Name, byte[]> entries) {
        assertThrows(AssertionError.class, () -> prefix(mode, entries));
    }

    @Test
    void everyPrefixFromThePromisedStepOnIsAccepted() {
        step(Durability.BUFFERED, change("x", 1));
        step(Durability.SYNC, change("x", 2));
        step(Durability.BUFFERED, change("y", 3));
        step(Durability.BUFFERED, change("x", 0), change("z", 4));
        assertEquals(2, prefix(CrashMode.SYNCED_ONLY, entries("x", 2)));
        assertEquals(3, prefix(CrashMode.SYNCED_ONLY, entries("x", 2, "y", 3)));
        assertEquals(4, prefix(CrashMode.SYNCED_ONLY, entries("y", 3, "z", 4)));
    }

    @Test
    void aLostPromisedStepIsRefused() {
        step(Durability.BUFFERED, change("x", 1));
        step(Durability.SYNC, change("x", 2));
        refused(CrashMode.SYNCED_ONLY, entries("x", 1));
        refused(CrashMode.SYNCED_ONLY, entries());
        step(Durability.BUFFERED, change("y", 3));
        assertEquals(2, prefix(CrashMode.SYNCED_ONLY, entries("x", 2)));
        refused(CrashMode.PROCESS_KILL, entries("x", 2));
        model.flushed();
        refused(CrashMode.SYNCED_ONLY, entries("x", 2));
    }

    @Test
    void holesAndHalfBatchesAndInventionsAreRefused() {
        step(Durability.BUFFERED, change("x", 1));
        step(Durability.BUFFERED, change("y", 2));
        step(Durability.BUFFERED, change("x", 3), change("z", 4));
        refused(CrashMode.SYNCED_ONLY, entries("y", 2));
        refused(CrashMode.SYNCED_ONLY, entries("x", 1, "y", 2, "z", 4));
        refused(CrashMode.SYNCED_ONLY, entries("x", 9));
        refused(CrashMode.SYNCED_ONLY, entries("w", 1));
        assertEquals(0, prefix(CrashMode.SYNCED_ONLY, entries()));
    }

    @Test
    void theStepInFlightMayBeThereOrNot() {
        step(Durability.SYNC, change("x", 1));
        model.begin(Durability.SYNC, List.of(change("x", 2)));
        assertEquals(1, prefix(CrashMode.PROCESS_KILL, entries("x", 1)));
        assertEquals(2, prefix(CrashMode.PROCESS_KILL, entries("x", 2)));
    }

    @Test
    void anUnloggedKeyShowsAnyValueSinceTheLastFlush() {
        step(Durability.NONE, change("u", 1));
        step(Durability.SYNC, change("x", 5));
        assertEquals(1, prefix(CrashMode.SYNCED_ONLY, entries("x", 5)) - 1);
        step(Durability.NONE, change("u", 2));
        model.flushed();
        step(Durability.NONE, change("u", 3));
        prefix(CrashMode.SYNCED_ONLY, entries("x", 5, "u", 2));
        prefix(CrashMode.SYNCED_ONLY, entries("x", 5, "u", 3));
        refused(CrashMode.SYNCED_ONLY, entries("x", 5, "u", 1));
        refused(CrashMode.SYNCED_ONLY, entries("x", 5));
        refused(CrashMode.SYNCED_ONLY, entries("x", 5, "u", 9));
    }
}
