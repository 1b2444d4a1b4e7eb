package dev.kvarts.testkit.isolation;

import java.util.SplittableRandom;

/// What transactions do to a store.
///
/// Keys are worked on one window after the other, so that a few are contended for at any time and
/// none has a long history.
///
/// Thread safety: any; it has no state.
public sealed interface IsolationWorkload permits ListAppendWorkload, RegisterWorkload {
    /// Keys that it uses, from 0.
    int keys();

    /// Writes what has to be there before the first transaction.
    void preload(TransactionalStore.Tx tx, Recorder recorder);

    /// Does one operation of a transaction.
    ///
    /// @param window a key near which to choose
    /// @param readOnly whether it must not write
    void operation(Step step, int window, boolean readOnly);

    /// Checks what was recorded.
    Verdict check(History history, Level level);

    /// A transaction under way, its recorder, and chance.
    record Step(
            TransactionalStore store,
            TransactionalStore.Tx tx,
            Recorder recorder,
            SplittableRandom random) {
        /// Reads the key.
        int[] read(int key) {
            int[] elements = tx.get(key);
            recorder.read(key, elements);
            return elements;
        }

        /// Scans the range. Returns how many of its keys were there; `present` says which.
        int scan(int from, int to, boolean[] present) {
            int[][] found = new int[to - from][];
            int[] last = {from - 1};
            tx.scan(
                    from,
                    to,
                    (key, elements) -> {
                        if (key <= last[0] || key >= to) {
                            throw new AssertionError(
                                    "scan of ["
                                            + from
                                            + ", "
                                            + to
                                            + ") shows "
                                            + key
                                            + " after "
                                            + last[0]);
                        }
                        last[0] = key;
                        found[key - from] = elements;
                    });
            int count = 0;
            for (int i = 0; i < found.length; i++) {
                present[i] = found[i] != null;
                count += present[i] ? 1 : 0;
                recorder.scanned(from + i, present[i] ? found[i] : NONE);
            }
            return count;
        }
    }

    /// No element.
    int[] NONE = {};
}
