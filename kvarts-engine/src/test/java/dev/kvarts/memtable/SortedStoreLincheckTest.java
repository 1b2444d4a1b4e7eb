package dev.kvarts.memtable;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.LiveSnapshots;
import dev.kvarts.entry.Lookup;

import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Whatever two threads do to a store, there is an order of their operations, one after the other,
/// that gives the same answers. Lincheck runs schedules of them until one contradicts it.
///
/// The store begins with an inner node and two leaves, which are full: the next new key splits one.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SortedStoreLincheckTest {
    private static final int PRESENT = 2 * TreeNode.SLOTS;
    private static final int DISTANCE = 2; // of the keys that are there
    private static final int SHARD_BITS = 1;
    private static final int CHUNK = 16 << 10;

    /// What a lock guards, what is written before anybody can see it, what has tests of its own:
    /// schedules do not switch threads there.
    private static final String[] ONE_THREAD =
            Stream.of(
                            Bytes.class,
                            ChunkPool.class,
                            Epochs.class,
                            KeyHeads.class,
                            MemoryBudget.class,
                            RecordArena.class,
                            RecordLayout.class,
                            StoreMemory.class,
                            TreeBlocks.class)
                    .map(Class::getName)
                    .toArray(String[]::new);

    /// They look at what an order that was read says is there for good.
    private static final String[] SEARCH_OF_A_NODE = {
        "childPosition", "childAmong", "leafPosition", "headIn"
    };

    private static final String[] UNDER_ITS_LOCK = {
        "reserve",
        "settle",
        "worst",
        "descend",
        "gatherLeaf",
        "gatherInner",
        "writeLeaf",
        "writeInner",
        "equalHeads"
    };

    @Test
    void aKeyIsFoundWhileItsLeafIsSplit() {
        check(beside(put(1), get(26)));
    }

    @Test
    void aCursorSeesAllKeysWhileALeafIsSplit() {
        check(beside(put(29), operation("scanBackFrom", 99)));
    }

    /// Tries the schedules with one switch between threads, then such with more.
    private static void check(ExecutionScenario scenario) {
        new ModelCheckingOptions()
                .iterations(0) // no others than this one
                .addCustomScenario(scenario)
                .invocationsPerIteration(100)
                .addGuarantee(forClasses(ONE_THREAD).allMethods().ignore())
                .addGuarantee(
                        forClasses(BPlusTree.class.getName()).methods(SEARCH_OF_A_NODE).ignore())
                .addGuarantee(
                        forClasses(TreeGrowth.class.getName()).methods(UNDER_ITS_LOCK).ignore())
                .sequentialSpecification(Sequential.class)
                .check(Concurrent.class);
    }

    private static ExecutionScenario beside(Actor one, Actor... others) {
        return new ExecutionScenario(
                List.of(), List.of(List.of(one), List.of(others)), List.of(), null);
    }

    private static Actor put(int key) {
        return operation("put", key, 1);
    }

    private static Actor get(int key) {
        return operation("get", key);
    }

    private static Actor operation(String name, Object... arguments) {
        Method method =
                Arrays.stream(Concurrent.class.getMethods())
                        .filter(each -> each.getName().equals(name))
                        .findFirst()
                        .orElseThrow();
        return new Actor(method, List.of(arguments));
    }

    private static byte[] bytes(int key) {
        return new byte[] {(byte) key};
    }

    /// Lincheck makes one after the other; each gives back the memory of the one before.
    @Param(name = "key", gen = IntGen.class)
    @Param(name = "value", gen = IntGen.class)
    @SuppressWarnings({"UnusedMethod", "NonFinalStaticField"})
    public static final class Concurrent {
        private static Concurrent before;

        private static final MemoryBudget BUDGET = new MemoryBudget(1 << 30);
        private static final ChunkPool POOL = new ChunkPool(BUDGET, CHUNK, 1 << 20);

        private final Epochs epochs = new Epochs(null);
        private final AtomicLong sequences = new AtomicLong();
        private final AtomicLong visible = new AtomicLong();
        private final Object[] locks = {new Object(), new Object()};
        private final SortedStore store =
                new SortedStore(
                        POOL,
                        BUDGET,
                        epochs,
                        new LiveSnapshots(visible::get, epochs, false),
                        SHARD_BITS,
                        null,
                        0);

        public Concurrent() {
            if (before != null) {
                before.store.release();
            }
            before = this;
            for (int i = 0; i < PRESENT; i++) {
                put(DISTANCE * i, 0);
            }
        }

        @Operation
        public void put(@Param(name = "key") int key, @Param(name = "value") int value) {
            byte[] bytes = bytes(key);
            int shard = key & 1;
            long hash = (long) shard << 63;
            long sequence;
            synchronized (locks[shard]) {
                long reference = store.reserve(hash, 2);
                sequence = sequences.incrementAndGet();
                store.fill(hash, reference, EntryFormat.PUT, bytes, 1, bytes(value), 1);
                store.link(hash, reference, sequence);
            }
            while (visible.get() != sequence - 1) {
                Thread.yield();
            }
            visible.set(sequence);
        }

        @Operation
        public Integer get(@Param(name = "key") int key) {
            var lookup = new Lookup();
            int token = epochs.enter();
            lookup.ask(bytes(key), 1, SortedStores.SEED, visible.get());
            store.find(lookup);
            Integer value = lookup.found ? (int) lookup.copyValue()[0] : null;
            epochs.exit(token);
            return value;
        }

        @Operation
        public String scanBackFrom(@Param(name = "key") int key) {
            var text = new StringBuilder();
            int token = epochs.enter();
            EntryCursor cursor = store.cursor(visible.get());
            for (boolean on = cursor.seekBefore(bytes(key), 1); on; on = cursor.previous()) {
                append(text, cursor);
            }
            epochs.exit(token);
            return text.toString();
        }

        private static void append(StringBuilder text, EntryCursor cursor) {
            text.append(cursor.key()[0])
                    .append('=')
                    .append(SortedStores.value(cursor)[0])
                    .append(' ');
        }
    }

    /// The same, one operation at a time.
    @SuppressWarnings("UnusedMethod")
    public static final class Sequential {
        private final NavigableMap<Integer, Integer> map = new TreeMap<>();

        public Sequential() {
            for (int i = 0; i < PRESENT; i++) {
                map.put(DISTANCE * i, 0);
            }
        }

        public void put(int key, int value) {
            map.put(key, value);
        }

        public Integer get(int key) {
            return map.get(key);
        }

        public String scanBackFrom(int key) {
            return text(map.headMap(key, false).descendingMap());
        }

        private static String text(NavigableMap<Integer, Integer> map) {
            var text = new StringBuilder();
            map.forEach((key, value) -> text.append(key).append('=').append(value).append(' '));
            return text.toString();
        }
    }
}
