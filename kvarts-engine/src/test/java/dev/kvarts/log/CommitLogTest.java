package dev.kvarts.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.StorageException;
import dev.kvarts.io.NoSpaceException;
import dev.kvarts.jobs.Scheduler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// A log whose disk fails or fills up, and one that is used for a long time.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class CommitLogTest {
    private LogFiles files;
    private FailingDirectory failing;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        files = new LogFiles(folder);
        failing = new FailingDirectory(files.directory);
    }

    @AfterEach
    void close() {
        files.close();
    }

    private CommitLog log() throws IOException {
        return files.open(failing, LogFiles.nothing());
    }

    @Test
    void aFullDiskAtTheRollLeavesTheLogUsable() throws IOException {
        List<String> expected = new ArrayList<>();
        try (CommitLog log = log()) {
            failing.mapFailure = new NoSpaceException("no space left", null);
            StorageException thrown = null;
            for (int i = 0; i < 20 && thrown == null; i++) {
                try {
                    LogFiles.append(log, "before" + i, "v".repeat(20_000));
                    expected.add("before" + i);
                } catch (StorageException e) {
                    thrown = e;
                }
            }
            assertTrue(thrown != null && thrown.retryable(), "" + thrown);
            assertNull(log.failure());
            LogFiles.append(log, "small", "fits still");
            expected.add("small");
            log.force();
            failing.mapFailure = null;
            for (int i = 0; i < 5; i++) {
                LogFiles.append(log, "after" + i, "v".repeat(20_000));
                expected.add("after" + i);
            }
            assertEquals(expected.size(), log.lastSequence());
        }
        assertEquals(expected, files.recover().keys());
    }

    @Test
    void aFullDiskAtAnOversizeRecordTakesNoSequenceNumber() throws IOException {
        try (CommitLog log = log()) {
            LogFiles.append(log, "a", "1");
            failing.mapFailure = new NoSpaceException("no space left", null);
            assertThrows(
                    StorageException.class,
                    () -> LogFiles.append(log, "large", "v".repeat(100_000)));
            failing.mapFailure = null;
            assertEquals(2, LogFiles.append(log, "large", "v".repeat(100_000)).sequence());
        }
        assertEquals(List.of("a", "large"), files.recover().keys());
    }

    @Test
    void aFailedForceRefusesEverythingAfterwardsAndKeepsTheFirstCause() throws IOException {
        try (CommitLog log = log()) {
            LogFiles.append(log, "a", "1");
            log.force();
            LogFiles.append(log, "b", "2");
            var first = new IOException("the device is on fire");
            failing.forceFailure = first;
            var thrown = assertThrows(StorageException.class, log::force);
            assertSame(first, thrown.getCause());
            assertFalse(thrown.retryable());
            failing.forceFailure = null; // a second force would succeed, and lie
            int forces = failing.forces;
            var refused = assertThrows(StorageException.class, log::force);
            assertSame(thrown, refused.getCause());
            assertThrows(StorageException.class, () -> LogFiles.append(log, "c", "3"));
            assertThrows(StorageException.class, () -> log.skip(1));
            assertThrows(StorageException.class, () -> log.generationAfter(1));
            assertEquals(forces, failing.forces);
            assertSame(thrown, log.failure());
            log.force(1); // was durable before
        }
    }

    @Test
    void aFailedForceOfAHeaderIsNotRetriedEither() throws IOException {
        try (CommitLog log = log()) {
            for (int i = 0; i < 5; i++) {
                LogFiles.append(log, "key" + i, "v".repeat(20_000));
            }
            failing.forceFailure = new IOException("the device is on fire");
            assertThrows(StorageException.class, () -> log.generationAfter(log.lastSequence()));
            failing.forceFailure = null;
            assertThrows(StorageException.class, log::force);
            assertThrows(StorageException.class, () -> LogFiles.append(log, "c", "3"));
        }
    }

    @Test
    void forcingWhatIsDurableAlreadyDoesNothing() throws IOException {
        try (CommitLog log = log()) {
            long sequence = LogFiles.append(log, "a", "1").sequence();
            log.force(sequence);
            int forces = failing.forces;
            log.force(sequence);
            log.force();
            assertEquals(forces, failing.forces);
            assertEquals(1, log.counts().syncs());
        }
    }

    /// The background job that makes the next segment stands still until it is let go.
    private final class StuckMaking {
        final AtomicInteger made = new AtomicInteger();
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch go = new CountDownLatch(1);

        /// Appends so much that the job begins.
        void begin(CommitLog log) throws InterruptedException {
            failing.beforeMap =
                    () -> {
                        made.incrementAndGet();
                        begun.countDown();
                        try {
                            go.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    };
            LogFiles.append(log, "first", "v".repeat(2_000));
            begun.await();
        }
    }

    @Test
    void whoNeedsTheSegmentThatIsInTheMakingWaitsForItAndMakesNoOther() throws Exception {
        try (CommitLog log = log()) {
            var making = new StuckMaking();
            making.begin(log);
            Thread writer =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < 4; i++) {
                                            LogFiles.append(log, "key" + i, "v".repeat(20_000));
                                        }
                                    });
            while (writer.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            assertEquals(1, making.made.get());
            making.go.countDown();
            writer.join();
            assertEquals(2, log.end().generation());
        }
    }

    @Test
    void writersAreSlowedDownWhileTheNextSegmentIsInTheMaking() throws Exception {
        List<Long> waits = Collections.synchronizedList(new ArrayList<>());
        try (CommitLog log = files.open(failing, LogFiles.nothing(), noting(waits))) {
            var making = new StuckMaking();
            making.begin(log);
            for (int i = 0; i < 3; i++) {
                log.admit(64 << 10);
                LogFiles.append(log, "key" + i, "v".repeat(18_000));
            }
            log.admit(64 << 10);
            making.go.countDown();
            assertEquals(2, waits.size(), waits.toString()); // from the middle of the segment on
            assertTrue(waits.get(0) < waits.get(1), waits.toString());
        }
    }

    /// The scheduler of these files; notes how long somebody would wait at most, and lets nobody.
    private Scheduler noting(List<Long> waits) {
        return (Scheduler)
                Proxy.newProxyInstance(
                        Scheduler.class.getClassLoader(),
                        new Class<?>[] {Scheduler.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("await") && arguments.length == 2) {
                                waits.add((Long) arguments[1]);
                                return false;
                            }
                            return method.invoke(files.scheduler, arguments);
                        });
    }

    @Test
    void releasedSegmentsAreUsedAgain() throws IOException {
        try (CommitLog log = log()) {
            for (int round = 0; round < 50; round++) {
                for (int i = 0; i < 4; i++) {
                    LogFiles.append(log, round + "-" + i, "v".repeat(20_000));
                }
                log.force();
                log.release(log.generationAfter(log.lastSequence()));
                assertTrue(log.counts().segments() <= 5, log.counts().toString());
                assertTrue(files.names().size() <= 6, files.names().toString());
            }
            assertTrue(log.end().generation() > 50);
        }
    }

    @Test
    void spareSegmentsAreGivenUpAtRest() throws IOException {
        try (CommitLog log = log()) {
            for (int i = 0; i < 20; i++) {
                LogFiles.append(log, "key" + i, "v".repeat(20_000));
            }
            log.force();
            log.release(log.generationAfter(log.lastSequence()));
            assertEquals(7, log.counts().segments(), log.counts().toString());
            log.deleteSpares();
            assertEquals(2, log.counts().segments(), log.counts().toString());
            LogFiles.append(log, "key", "v"); // goes on
        }
    }

    @Test
    void oversizeSegmentsAreNotKept() throws IOException {
        try (CommitLog log = log()) {
            for (int i = 0; i < 10; i++) {
                LogFiles.append(log, "key" + i, "v".repeat(300_000));
            }
            log.force();
            log.release(log.generationAfter(log.lastSequence()));
            assertTrue(log.counts().segmentBytes() < 1 << 20, log.counts().toString());
        }
    }

    @Test
    void segmentsThatAreStillNeededAreNotReleased() throws IOException {
        try (CommitLog log = log()) {
            for (int i = 0; i < 12; i++) {
                LogFiles.append(log, "key" + i, "v".repeat(20_000));
            }
            long floor = log.generationAfter(5); // entries from 6 on are needed
            log.release(floor);
            log.close();
            var keys = files.recover(floor, floor, List.of()).keys();
            assertTrue(keys.contains("key5"), keys.toString()); // sequence 6
            assertEquals("key11", keys.getLast());
        }
    }

    @Test
    void checkFindsADamagedRecord() throws IOException {
        try (CommitLog log = log()) {
            LogFiles.append(log, "a", "1");
            long second = log.end().offset();
            LogFiles.append(log, "b", "2");
            List<String> damage = new ArrayList<>();
            log.check((file, offset, what) -> damage.add(file + "@" + offset));
            assertEquals(List.of(), damage);
            files.flip("log-0", second + 45);
            log.check((file, offset, what) -> damage.add(file + "@" + offset));
            assertEquals(List.of("log-0@" + second), damage);
        }
    }

    @Test
    void aReopenedLogKeepsNoFileThatItDoesNotUse() throws IOException {
        long floor;
        try (CommitLog log = log()) {
            for (int i = 0; i < 12; i++) {
                LogFiles.append(log, "key" + i, "v".repeat(20_000));
            }
            log.force();
            floor = log.generationAfter(log.lastSequence());
            log.release(floor);
        }
        var recovered = files.recover(floor, floor, List.of()).log();
        try (CommitLog log = files.open(failing, recovered)) {
            log.deleteUnused();
            assertEquals(2, files.names().size(), files.names().toString());
            LogFiles.append(log, "new", "1");
        }
        var again = files.recover(floor, recovered.nextGeneration(), recovered.ends());
        assertEquals("new", again.keys().getLast());
        assertEquals(13, again.log().lastSequence());
    }
}
