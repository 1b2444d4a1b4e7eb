package dev.kvarts.cache;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import dev.kvarts.bytes.Bytes;

import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Whatever two threads do to a full cache, each gets the bytes of the block that it asked for.
/// Lincheck runs schedules of them until one contradicts it.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class BlockCacheLincheckTest {
    private static final int BLOCK_SIZE = 100 << 10;
    private static final int INVOCATIONS = 100; // each takes a mebibyte
    private static final int PRESENT = 8; // about as many as there is room for

    /// What the shard's lock guards, or what has tests of its own: schedules do not switch threads
    /// there.
    private static final String[] ONE_THREAD =
            Stream.of(
                            Bytes.class,
                            BlockMemory.class,
                            BlockMemory.Slab.class,
                            Epochs.class,
                            GhostQueue.class,
                            MemoryBudget.class)
                    .map(Class::getName)
                    .toArray(String[]::new);

    @Test
    void aBlockIsReadWhileItIsPutOut() {
        check(List.of(operation("read", 1)), List.of(operation("read", 8), operation("read", 9)));
    }

    @Test
    void aPinnedBlockStaysWhileOthersComeAndItsFileGoes() {
        check(
                List.of(operation("readPinned", 1)),
                List.of(operation("forget"), operation("read", 9), operation("read", 1)));
    }

    @Test
    void twoLoadTheSameBlock() {
        check(List.of(operation("read", 8)), List.of(operation("read", 8), operation("read", 0)));
    }

    private static void check(List<Actor> one, List<Actor> other) {
        new ModelCheckingOptions()
                .iterations(0) // no others than this one
                .addCustomScenario(
                        new ExecutionScenario(List.of(), List.of(one, other), List.of(), null))
                .invocationsPerIteration(INVOCATIONS)
                .addGuarantee(forClasses(ONE_THREAD).allMethods().ignore())
                .sequentialSpecification(Sequential.class)
                .check(Concurrent.class);
    }

    private static Actor operation(String name, Object... arguments) {
        Method method =
                Arrays.stream(Concurrent.class.getMethods())
                        .filter(each -> each.getName().equals(name))
                        .findFirst()
                        .orElseThrow();
        return new Actor(method, List.of(arguments));
    }

    /// Lincheck makes one after the other. None is closed: a schedule that comes to nothing is
    /// given up wherever its threads are, be it with a lock.
    @SuppressWarnings("UnusedMethod")
    public static final class Concurrent {
        private static final MemoryBudget BUDGET = new MemoryBudget(1L << 40);

        private final Epochs epochs = new Epochs(null);
        private final BlockCache cache =
                new BlockCache(BUDGET, epochs, BlockCache.CAPACITY_BYTES_MIN, 1);

        public Concurrent() {
            for (int i = 0; i < PRESENT; i++) {
                read(i);
            }
        }

        @Operation
        public long read(int number) {
            int token = epochs.enter();
            try {
                Block block = find(number);
                return block == null ? Sequential.content(number) : content(block);
            } finally {
                epochs.exit(token);
            }
        }

        @Operation
        public long readPinned(int number) {
            Block block;
            int token = epochs.enter();
            try {
                block = find(number);
                if (block != null) {
                    block.pin();
                }
            } finally {
                epochs.exit(token);
            }
            if (block == null) {
                return Sequential.content(number);
            }
            long found = content(block);
            block.unpin();
            return found;
        }

        @Operation
        public void forget() {
            cache.forget(1);
        }

        /// Null if there is no room.
        private Block find(int number) {
            Block found = cache.get(1, number);
            if (found != null) {
                return found;
            }
            try {
                return cache.load(
                        1,
                        number,
                        BLOCK_SIZE,
                        (segment, offset, size) -> {
                            segment.set(Bytes.LONG, offset, Sequential.content(number));
                            segment.set(Bytes.LONG, offset + size - 8, Sequential.content(number));
                        });
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /// Looks twice, so that there is time in between for the block to be lost.
        private static long content(Block block) {
            long first = block.segment.get(Bytes.LONG, block.offset);
            boolean pinned = block.pinned(); // a switch point
            long last = block.segment.get(Bytes.LONG, block.offset + block.size - 8);
            return first == last ? first : pinned ? -1 : -2;
        }
    }

    /// What a cache shows of itself: nothing.
    @SuppressWarnings("UnusedMethod")
    public static final class Sequential {
        static long content(int number) {
            return 1_000_000_007L * (number + 1);
        }

        public long read(int number) {
            return content(number);
        }

        public long readPinned(int number) {
            return content(number);
        }

        public void forget() {
            // A block that was forgotten is loaded again.
        }
    }
}
