package dev.kvarts.hash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.hash.RunFiles.Entry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Which runs are written anew, and when.
final class ReclaimPickerTest {
    private static final int RECORDS = 100;
    private static final long RECORD = 117; // sequence, key, value
    private static final long FLUSH = RECORDS * RECORD;
    private static final long HORIZON = 500; // what has expired by then is dead

    private final List<Run> runs = new ArrayList<>();
    private RunFiles files;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        files = new RunFiles(folder);
    }

    @AfterEach
    void close() throws IOException {
        for (Run run : runs) {
            run.close();
        }
    }

    private Run run(int records, int dead) throws IOException {
        int number = runs.size() + 1;
        Run run = files.numbered(number, number, 0, records, 100, number * 1000L);
        for (int i = 0; i < dead; i++) {
            run.kill(i, RECORD);
        }
        runs.add(run);
        return run;
    }

    private List<Run> pick(long flushBytes) {
        return ReclaimPicker.pick(runs, flushBytes, 80, 1_000_000, 0, HORIZON);
    }

    @Test
    void nothingIsPickedWhileEverythingIsAlive() throws IOException {
        for (int i = 0; i < 20; i++) {
            run(RECORDS, 0);
        }
        assertEquals(List.of(), pick(FLUSH));
    }

    @Test
    void nothingIsPickedWhileTheNextFlushFits() throws IOException {
        for (int i = 0; i < 20; i++) {
            run(RECORDS, 5);
        }
        assertEquals(List.of(), pick(FLUSH));
    }

    @Test
    void theDeadestIsPickedWhenTheUtilisationWouldBeExceeded() throws IOException {
        for (int i = 0; i < 20; i++) {
            run(RECORDS, 8);
        }
        Run dead = run(RECORDS, 80);
        for (int i = 0; i < 3; i++) {
            run(RECORDS, 50);
        }
        List<Run> picked = pick(FLUSH);
        assertTrue(picked.contains(dead), picked.size() + " picked");
        assertTrue(
                picked.stream().mapToLong(Run::liveBytes).sum() <= 1.25 * FLUSH,
                "survivors do not make a run of the size of a flush");
    }

    @Test
    void aRunThatASnapshotHoldsIsNotPickedAndItsDeadAreNotCounted() throws IOException {
        for (int i = 0; i < 20; i++) {
            run(RECORDS, 8);
        }
        Run held = run(RECORDS, 80);
        held.pin();
        assertEquals(List.of(), pick(FLUSH));
        held.unpin();
        assertTrue(pick(FLUSH).contains(held));

        held.pin();
        for (int i = 0; i < 8; i++) {
            run(RECORDS, 50);
        }
        List<Run> picked = pick(FLUSH);
        assertTrue(!picked.isEmpty() && !picked.contains(held), picked.size() + " picked");
    }

    @Test
    void whatSnapshotsHoldIsPickedWhenItIsMoreThanAllThatMayBeStored() throws IOException {
        for (int i = 0; i < 20; i++) {
            run(RECORDS, 50).pin();
        }
        assertEquals(List.of(), pick(FLUSH));
        for (Run run : runs) {
            for (int i = 50; i < 70; i++) {
                run.kill(i, RECORD);
            }
        }
        assertTrue(!pick(FLUSH).isEmpty(), "nothing is picked");
    }

    @Test
    void ofEqualShareTheOldestIsPicked() throws IOException {
        for (int i = 0; i < 10; i++) {
            run(RECORDS, 50);
        }
        List<Run> picked = pick(FLUSH);
        assertEquals(runs.subList(0, picked.size()), picked);
        assertTrue(picked.size() >= 2);
    }

    @Test
    void aRunWithoutSurvivorsIsPickedAtOnceAndAlone() throws IOException {
        run(RECORDS, 0);
        Run dead = run(RECORDS, RECORDS);
        run(RECORDS, 90);
        assertEquals(List.of(dead), pick(FLUSH));
    }

    @Test
    void aRunOfTombstonesWaitsForTheCheckpointThatCoversIt() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            entries.add(new Entry(RunFiles.key(i), null, 5));
        }
        Run tombstones = files.open(files.write(1, 1, RunFiles.sorted(entries)), true);
        for (int i = 0; i < RECORDS; i++) {
            tombstones.kill(i, 16);
        }
        runs.add(tombstones);
        for (int i = 0; i < 20; i++) {
            run(RECORDS, 0);
        }
        assertEquals(List.of(), ReclaimPicker.pick(runs, 10, 80, 1_000_000, 0, HORIZON));
        assertEquals(List.of(tombstones), ReclaimPicker.pick(runs, 10, 80, 1_000_000, 1, HORIZON));
    }

    @Test
    void tooManyRunsAreMergedTheSmallestFirst() throws IOException {
        Run large = run(5 * RECORDS, 0);
        for (int i = 1; i < 225; i++) {
            run(1, 0);
        }
        List<Run> picked = pick(FLUSH);
        assertEquals(32, picked.size());
        assertTrue(!picked.contains(large));
    }

    private Run expiring(int records, long expiry) throws IOException {
        int number = runs.size() + 1;
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            entries.add(new Entry(RunFiles.key(i), new byte[92], number * 1000L, expiry));
        }
        Run run = files.open(files.write(number, number, RunFiles.sorted(entries)), true);
        runs.add(run);
        return run;
    }

    @Test
    void aRunOfWhichEverythingHasExpiredIsPickedWhenTheCheckpointCoversIt() throws IOException {
        for (int i = 0; i < 20; i++) {
            run(RECORDS, 0);
        }
        Run expired = expiring(RECORDS, HORIZON);
        expiring(RECORDS, HORIZON + 1);
        assertEquals(List.of(), ReclaimPicker.pick(runs, 10, 80, 1_000_000, 0, HORIZON));
        assertEquals(
                List.of(expired),
                ReclaimPicker.pick(runs, 10, 80, 1_000_000, expired.number, HORIZON));
    }
}
