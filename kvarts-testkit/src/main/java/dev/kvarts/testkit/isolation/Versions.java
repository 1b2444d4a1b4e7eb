package dev.kvarts.testkit.isolation;

import java.util.Arrays;

/// Which version of a key followed which, as far as that is known, and the dependencies that follow
/// from it.
///
/// The versions of a key are one chain, or several of which nobody knows in which order they were:
/// the first of each is a head.
final class Versions {
    /// The version of a key before anybody wrote it.
    static final int INITIAL = -1;

    private final History history;
    private final int[] next; // by version, -1: not known
    private final int[] heads; // by key, -1: none
    private final int[] nextHeads; // by version

    Versions(History history) {
        this.history = history;
        next = filled(history.versions());
        nextHeads = filled(history.versions());
        heads = filled(history.keys());
    }

    private static int[] filled(int size) {
        int[] numbers = new int[size];
        Arrays.fill(numbers, -1);
        return numbers;
    }

    /// What followed the version, or -1.
    int next(int version) {
        return next[version];
    }

    void follow(int version, int successor) {
        next[version] = successor;
    }

    void head(int version) {
        int key = history.keyOf(version);
        nextHeads[version] = heads[key];
        heads[key] = version;
    }

    /// Adds that versions overwrite each other.
    void overwrites(Dependencies dependencies) {
        for (int version = 0; version < next.length; version++) {
            if (next[version] >= 0) {
                int from = history.writer(version);
                int to = history.writer(next[version]);
                dependencies.add(Dependencies.WW, from, to, history.keyOf(version));
            }
        }
    }

    /// Adds that the transaction read the version of the key.
    void read(Dependencies dependencies, int transaction, int key, int version, boolean scanned) {
        int overwritten = scanned ? Dependencies.SCAN_RW : Dependencies.RW;
        if (version == INITIAL) {
            for (int head = heads[key]; head >= 0; head = nextHeads[head]) {
                dependencies.add(overwritten, transaction, history.writer(head), key);
            }
            return;
        }
        int writer = history.writer(version);
        dependencies.add(Dependencies.WR, writer, transaction, key);
        int after = next[version];
        while (after >= 0 && history.writer(after) == writer) {
            after = next[after]; // what is between is nobody's to read
        }
        if (after >= 0) {
            dependencies.add(overwritten, transaction, history.writer(after), key);
        }
    }
}
