package dev.kvarts.testkit.isolation;

import java.util.SplittableRandom;

/// Transactions that read lists, append to them, and scan groups of them.
///
/// @param keys how many lists there are
/// @param windowKeys how many of them are in use at a time
public record ListAppendWorkload(int keys, int windowKeys) implements IsolationWorkload {
    public ListAppendWorkload {
        if (windowKeys < TransactionalStore.GROUP_KEYS
                || keys % TransactionalStore.GROUP_KEYS != 0) {
            throw new IllegalArgumentException("keys=" + keys + " windowKeys=" + windowKeys);
        }
    }

    @Override
    public void preload(TransactionalStore.Tx tx, Recorder recorder) {
        // every list begins empty
    }

    @Override
    public void operation(Step step, int window, boolean readOnly) {
        SplittableRandom random = step.random();
        int key = Math.min(keys - 1, window + random.nextInt(windowKeys));
        int choice = random.nextInt(16);
        int group = key / TransactionalStore.GROUP_KEYS;
        if (choice < 2 && step.store().isScannable(group)) {
            int from = group * TransactionalStore.GROUP_KEYS;
            step.scan(
                    from,
                    from + TransactionalStore.GROUP_KEYS,
                    new boolean[TransactionalStore.GROUP_KEYS]);
        } else if (choice < 8 || readOnly) {
            step.read(key);
        } else if (random.nextInt(32) == 0) {
            TransactionalStore.Tx tx = step.tx();
            tx.takeBack(() -> tx.append(key, step.recorder().undone(key)));
        } else {
            step.tx().append(key, step.recorder().write(key));
        }
    }

    @Override
    public Verdict check(History history, Level level) {
        return ListAppendChecker.check(history, level);
    }
}
