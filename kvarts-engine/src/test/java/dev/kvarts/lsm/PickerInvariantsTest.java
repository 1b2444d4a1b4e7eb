package dev.kvarts.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;

import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// What must hold whichever strategy picks, from whatever shape: after every step the newest
/// version of each key is the one that is found.
final class PickerInvariantsTest {
    private static final int KEYS = 3_000;

    private final Map<Long, Long> model = new HashMap<>();
    private Random random;

    private static CompactionPicker picker(Compaction strategy) {
        return CompactionPicker.of(strategy);
    }

    @Test
    void everyStrategyKeepsTheNewestVersionOnTop() {
        for (Compaction strategy : Compaction.values()) {
            for (long seed = 1; seed <= 12; seed++) {
                run(seed, strategy, false);
            }
        }
    }

    @Test
    void strategiesGoOnFromAnyShapeThatAnotherHasLeft() {
        for (long seed = 100; seed < 140; seed++) {
            run(seed, Compaction.UNIFIED, true);
        }
    }

    private void run(long seed, Compaction first, boolean switching) {
        random = new Random(seed);
        model.clear();
        long jobBytesMax = random.nextBoolean() ? 1L << 40 : 60_000;
        var tree = new SimulatedTree(100, 4_000 + random.nextInt(16_000), 16_000, jobBytesMax);
        CompactionPicker picker = picker(first);
        int pattern = random.nextInt(4);
        for (int step = 0; step < 150; step++) {
            String facts = "seed=" + seed + " step=" + step + " " + picker;
            if (switching && random.nextInt(20) == 0) {
                picker = picker(Compaction.values()[random.nextInt(4)]);
            }
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    tree.flush(store(tree, pattern, step), picker);
                    tree.nowMillis += random.nextInt(120);
                }
                case 2, 3 -> {
                    if (tree.runningCount() < 3) {
                        tree.start(picker);
                    }
                }
                default -> {
                    if (tree.runningCount() > 0) {
                        tree.finish(random.nextInt(tree.runningCount()));
                    }
                }
            }
            tree.check(model, facts);
            if (random.nextInt(40) == 0) {
                long low = random.nextInt(KEYS);
                tree.start(
                        picker.planRange(
                                tree.view(),
                                tree.context(),
                                new KeySpan(
                                        SimulatedTree.key(low),
                                        SimulatedTree.key(low + random.nextInt(KEYS)))));
            }
            if (random.nextInt(10) == 0) {
                tree.start(picker.pickAtRest(tree.view(), tree.context()));
            }
            if (random.nextInt(30) == 0) {
                var some = tree.infos().stream().filter(_ -> random.nextInt(5) == 0).toList();
                for (CompactionPlan plan :
                        CompactionPicker.planRewrite(tree.view(), tree.context(), some)) {
                    tree.start(plan);
                }
            }
        }
        String facts = "seed=" + seed + " " + picker;
        tree.settle(picker, 200, facts);
        tree.check(model, facts);
        tree.rest(picker, 200, facts);
        tree.check(model, facts);
        tree.compact(picker, KeySpan.ALL, 200, facts);
        tree.check(model, facts);
        if (!(picker instanceof TimeWindowPicker)) {
            assertTrue(tree.view().layers().size() <= 1, facts);
            assertEquals(0, tree.tombstones(), facts);
            assertEquals(model.size() * tree.entryBytes, tree.bytes(), facts);
        }
        tree.settle(picker, 200, facts);
        tree.check(model, facts);
    }

    private Map<Long, Long> store(SimulatedTree tree, int pattern, int step) {
        var store = new TreeMap<Long, Long>();
        int count = 1 + random.nextInt(200);
        long start = random.nextInt(KEYS);
        for (int i = 0; i < count; i++) {
            long key =
                    switch (pattern) {
                        case 0 -> random.nextInt(KEYS);
                        case 1 -> (long) (KEYS * Math.pow(random.nextDouble(), 4));
                        case 2 -> (step * 20L + i) % KEYS;
                        default -> (start + random.nextInt(300)) % KEYS;
                    };
            long sequence = tree.nextSequence();
            if (random.nextInt(4) == 0) {
                store.put(key, -sequence);
                model.remove(key);
            } else {
                store.put(key, sequence);
                model.put(key, sequence);
            }
        }
        return store;
    }
}
