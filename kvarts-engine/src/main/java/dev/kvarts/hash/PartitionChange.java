package dev.kvarts.hash;

import java.util.Arrays;

/// What one run does to one partition: entries that come, entries that go, records that die. Used
/// again and again.
///
/// Thread safety: one thread.
final class PartitionChange {
    long[] added = new long[256];
    int addedCount;
    long[] removed = new long[64];
    int removedCount;
    private Run[] deadRuns = new Run[64];
    private long[] deadOrdinals = new long[64];
    private long[] deadBytes = new long[64];
    private int deadCount;

    void clear() {
        Arrays.fill(deadRuns, 0, deadCount, null);
        addedCount = 0;
        removedCount = 0;
        deadCount = 0;
    }

    void add(int value, int run) {
        if (addedCount == added.length) {
            added = Arrays.copyOf(added, 2 * addedCount);
        }
        added[addedCount++] = (long) value << 8 | run;
    }

    void remove(int value, int run) {
        if (removedCount == removed.length) {
            removed = Arrays.copyOf(removed, 2 * removedCount);
        }
        removed[removedCount++] = (long) value << 8 | run;
    }

    void kill(Run run, long ordinal, long bytes) {
        if (deadCount == deadRuns.length) {
            deadRuns = Arrays.copyOf(deadRuns, 2 * deadCount);
            deadOrdinals = Arrays.copyOf(deadOrdinals, 2 * deadCount);
            deadBytes = Arrays.copyOf(deadBytes, 2 * deadCount);
        }
        deadRuns[deadCount] = run;
        deadOrdinals[deadCount] = ordinal;
        deadBytes[deadCount++] = bytes;
    }

    /// Ordinals of the run's records that are to die, ascending: they were found in the order of
    /// the hash.
    long[] deathsIn(Run run) {
        int count = 0;
        for (int i = 0; i < deadCount; i++) {
            count += deadRuns[i] == run ? 1 : 0;
        }
        long[] ordinals = new long[count];
        for (int i = 0, next = 0; i < deadCount; i++) {
            if (deadRuns[i] == run) {
                ordinals[next++] = deadOrdinals[i];
            }
        }
        return ordinals;
    }

    void applyDeaths() {
        for (int i = 0; i < deadCount; i++) {
            deadRuns[i].kill(deadOrdinals[i], deadBytes[i]);
        }
    }
}
