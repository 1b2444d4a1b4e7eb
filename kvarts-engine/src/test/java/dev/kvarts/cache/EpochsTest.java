package dev.kvarts.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.jobs.ThreadScheduler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Nobody is inside memory that was unlinked two epochs ago.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EpochsTest {
    private final ThreadScheduler scheduler = new ThreadScheduler(1);
    private final Epochs epochs = new Epochs(scheduler);

    @AfterEach
    void close() {
        scheduler.close();
    }

    private boolean passedSoon(long unlinked) {
        boolean passed = false;
        for (int i = 0; i < 5; i++) {
            passed |= epochs.passed(unlinked);
        }
        return passed;
    }

    @Test
    void withoutReadersTwoStepsAreEnough() {
        long unlinked = epochs.current();
        assertFalse(epochs.passed(unlinked));
        assertTrue(epochs.passed(unlinked));
    }

    @Test
    void aReaderInsideHoldsBackWhatWasUnlinkedSinceItEntered() {
        int token = epochs.enter();
        long unlinked = epochs.current();
        assertFalse(passedSoon(unlinked));
        epochs.exit(token);
        assertTrue(passedSoon(unlinked));
    }

    @Test
    void aReaderInsideHoldsBackWhateverTheEpochIsWhenItEnters() {
        for (int shift = 0; shift < 4; shift++) {
            epochs.passed(epochs.current());
            int token = epochs.enter();
            assertFalse(passedSoon(epochs.current()), "shift " + shift);
            epochs.exit(token);
        }
    }

    @Test
    void readersThatComeAndGoHoldNothingBackForEver() {
        int first = epochs.enter();
        long unlinked = epochs.current();
        int second = epochs.enter();
        epochs.exit(first);
        epochs.passed(unlinked);
        int third = epochs.enter();
        epochs.exit(second);
        assertFalse(epochs.current() - unlinked > 2);
        epochs.exit(third);
        assertTrue(passedSoon(unlinked));
    }

    @Test
    void awaitReturnsWhenTheReaderHasLeft() throws InterruptedException {
        int token = epochs.enter();
        var returned = new AtomicBoolean();
        Thread waiter =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    epochs.await();
                                    returned.set(true);
                                });
        while (waiter.getState() == Thread.State.RUNNABLE
                || waiter.getState() == Thread.State.NEW) {
            Thread.onSpinWait();
        }
        assertFalse(returned.get());
        epochs.exit(token);
        waiter.join();
        assertTrue(returned.get());
    }

    /// Cells are poisoned when they are freed; a reader that finds poison was let down.
    @Test
    void noReaderOfAnyThreadSeesFreedMemory() throws InterruptedException {
        long seed = new Random().nextLong();
        var links = new AtomicReferenceArray<AtomicLong>(16);
        for (int i = 0; i < links.length(); i++) {
            links.set(i, new AtomicLong(1));
        }
        var stop = new AtomicBoolean();
        var poisoned = new AtomicLong();
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < 3; t++) {
            long threadSeed = seed + t;
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> readUntil(stop, links, poisoned, new Random(threadSeed))));
        }
        var shortLived = new ArrayList<Thread>();
        var random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            int at = random.nextInt(links.length());
            AtomicLong old = links.getAndSet(at, new AtomicLong(1));
            epochs.await();
            old.set(-1);
            if (i % 50 == 0) { // threads come and go, virtual ones too
                shortLived.add(
                        Thread.ofVirtual()
                                .start(
                                        () -> {
                                            for (int n = 0; n < 100; n++) {
                                                read(links, poisoned, n % 16);
                                            }
                                        }));
            }
        }
        stop.set(true);
        for (Thread thread : List.copyOf(threads)) {
            thread.join();
        }
        for (Thread thread : shortLived) {
            thread.join();
        }
        assertEquals(0, poisoned.get(), "seed=" + seed);
        assertTrue(passedSoon(epochs.current()), "a counter was left behind");
    }

    private void readUntil(
            AtomicBoolean stop,
            AtomicReferenceArray<AtomicLong> links,
            AtomicLong poisoned,
            Random random) {
        while (!stop.get()) {
            read(links, poisoned, random.nextInt(links.length()));
        }
    }

    private void read(AtomicReferenceArray<AtomicLong> links, AtomicLong poisoned, int at) {
        int token = epochs.enter();
        try {
            AtomicLong cell = links.get(at);
            for (int i = 0; i < 20; i++) {
                if (cell.get() < 0) {
                    poisoned.incrementAndGet();
                }
            }
        } finally {
            epochs.exit(token);
        }
    }
}
