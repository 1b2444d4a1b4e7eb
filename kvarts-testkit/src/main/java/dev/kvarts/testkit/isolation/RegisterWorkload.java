package dev.kvarts.testkit.isolation;

import static dev.kvarts.testkit.isolation.TransactionalStore.GROUP_KEYS;

import java.util.SplittableRandom;

/// Transactions that read and write registers, scan groups of them, and insert and delete by what
/// they have seen: the ways to write skew and to phantoms.
///
/// The first half of a group is there from the beginning, and is deleted once, if at all; the
/// second half is inserted by somebody, and stays. So absence is one version (see
/// [RegisterChecker]).
///
/// @param keys how many registers there are
/// @param windowKeys how many of them are in use at a time
public record RegisterWorkload(int keys, int windowKeys) implements IsolationWorkload {
    private static final int LEAVING = GROUP_KEYS / 2; // keys of a group that may be deleted

    public RegisterWorkload {
        if (windowKeys < GROUP_KEYS || keys % GROUP_KEYS != 0) {
            throw new IllegalArgumentException("keys=" + keys + " windowKeys=" + windowKeys);
        }
    }

    private static boolean isLeaving(int key) {
        return key % GROUP_KEYS < LEAVING;
    }

    @Override
    public void preload(TransactionalStore.Tx tx, Recorder recorder) {
        for (int key = 0; key < keys; key++) {
            if (isLeaving(key)) {
                tx.put(key, recorder.preload(key));
            }
        }
    }

    @Override
    public void operation(Step step, int window, boolean readOnly) {
        SplittableRandom random = step.random();
        int key = Math.min(keys - 1, window + random.nextInt(windowKeys));
        int choice = random.nextInt(16);
        int group = key / GROUP_KEYS;
        boolean scannable = step.store().isScannable(group);
        if (readOnly) {
            if (scannable && choice < 4) {
                int from = group * GROUP_KEYS;
                step.scan(from, from + GROUP_KEYS, new boolean[GROUP_KEYS]);
            } else {
                step.read(key);
            }
        } else if (choice < 4 && scannable) {
            scanAndChange(step, group);
        } else if (choice < 8) {
            step.read(key);
        } else if (choice < 10 && random.nextInt(16) == 0) {
            int from = group * GROUP_KEYS;
            TransactionalStore.Tx tx = step.tx();
            tx.takeBack(
                    () -> {
                        tx.put(key, step.recorder().undone(key));
                        tx.deleteRange(from, from + LEAVING);
                    });
        } else if (choice < 10 && !isLeaving(key)) {
            step.tx().put(key, step.recorder().write(key));
        } else {
            change(step, key, choice == 15);
        }
    }

    /// Reads a register and puts or deletes it.
    private static void change(Step step, int key, boolean delete) {
        boolean present = step.read(key).length > 0;
        if (!isLeaving(key)) {
            step.tx().put(key, step.recorder().write(key));
        } else if (present && delete) {
            int element = step.recorder().delete(key);
            assert element > 0;
            step.tx().delete(key);
        } else if (present) {
            step.tx().put(key, step.recorder().write(key));
        }
    }

    /// Inserts what a scan missed, or deletes or changes some of what it met.
    private static void scanAndChange(Step step, int group) {
        int from = group * GROUP_KEYS;
        int middle = from + LEAVING;
        boolean[] present = new boolean[GROUP_KEYS];
        step.scan(from, from + GROUP_KEYS, present);
        int i = step.random().nextInt(GROUP_KEYS);
        if (i >= LEAVING) {
            step.tx().put(from + i, step.recorder().write(from + i));
        } else if (step.random().nextInt(64) == 0) {
            for (int leaving = 0; leaving < LEAVING; leaving++) {
                if (present[leaving]) {
                    step.recorder().delete(from + leaving);
                }
            }
            step.tx().deleteRange(from, middle);
        } else if (present[i] && step.random().nextInt(4) == 0) {
            step.recorder().delete(from + i);
            step.tx().delete(from + i);
        }
    }

    @Override
    public Verdict check(History history, Level level) {
        return RegisterChecker.check(history, level);
    }
}
