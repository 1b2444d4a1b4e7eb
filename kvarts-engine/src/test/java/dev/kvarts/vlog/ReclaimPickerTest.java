package dev.kvarts.vlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Which value files are reclaimed, and what that costs.
final class ReclaimPickerTest {
    private static final long FLUSH = 1_000_000;
    private static final int UTILISATION = 80;

    private final List<ValueFileUse> files = new ArrayList<>();

    private ValueFileUse file(long bytes, int deadPercent, long age) {
        var use =
                new ValueFileUse(
                        files.size() + 1, bytes, bytes, bytes * (100 - deadPercent) / 100, age);
        files.add(use);
        return use;
    }

    private List<ValueFileUse> pick() {
        return ReclaimPicker.pick(files, UTILISATION, FLUSH);
    }

    private static long survivors(List<ValueFileUse> picked) {
        return picked.stream().mapToLong(ValueFileUse::survivorBytes).sum();
    }

    @Test
    void nothingIsPickedWhileThereIsRoom() {
        assertEquals(List.of(), pick());
        for (int i = 0; i < 100; i++) {
            file(FLUSH, 15, i);
        }
        assertEquals(List.of(), pick());
    }

    @Test
    void theEmptiestOfEqualAgeArePickedWhenTheUtilisationWouldBeExceeded() {
        for (int i = 0; i < 20; i++) {
            file(FLUSH, 10, 5);
        }
        ValueFileUse dead = file(FLUSH, 80, 5);
        for (int i = 0; i < 4; i++) {
            file(FLUSH, 60, 5);
        }
        List<ValueFileUse> picked = pick();
        assertEquals(dead, picked.getFirst());
        assertTrue(picked.stream().allMatch(file -> file.liveShare() < 0.5), picked::toString);
        assertTrue(survivors(picked) <= 1.25 * FLUSH, "survivors outgrow a file");
    }

    @Test
    void ofEqualShareTheOldestArePicked() {
        for (int i = 0; i < 10; i++) {
            file(FLUSH, 50, 100 - i);
        }
        List<ValueFileUse> picked = pick();
        assertEquals(files.subList(0, picked.size()), picked);
        assertTrue(picked.size() >= 2);
    }

    @Test
    void youngFileThatIsEmptyingByItselfIsLeftForAnOldOne() {
        for (int i = 0; i < 10; i++) {
            file(FLUSH, 0, 1000);
        }
        ValueFileUse old = file(3 * FLUSH, 40, 900);
        ValueFileUse young = file(3 * FLUSH, 60, 10);
        List<ValueFileUse> picked = pick();
        assertEquals(old, picked.getFirst());
        assertFalse(picked.contains(young));
    }

    @Test
    void fileThatNothingPointsToIsNotReclaimed() {
        for (int i = 0; i < 10; i++) {
            file(FLUSH, 100, i);
        }
        assertEquals(List.of(), pick());
        file(10 * FLUSH, 60, 3);
        assertEquals(List.of(files.getLast()), pick());
    }

    @Test
    void fullFilesAreNotWrittenAnewHoweverOldTheyAre() {
        for (int i = 0; i < 1000; i++) {
            file(FLUSH, 3, 1_000_000);
        }
        file(400 * FLUSH, 90, 1);
        assertEquals(List.of(files.getLast()), pick());
    }

    @Test
    void oneFileIsPickedEvenIfItsSurvivorsAreMoreThanAFlush() {
        ValueFileUse large = file(100 * FLUSH, 50, 7);
        assertEquals(List.of(large), pick());
    }

    @Test
    void compressedFilesAreWeighedByTheirBytesOnDisk() {
        var use = new ValueFileUse(1, 400, 1000, 250, 1);
        assertEquals(100, use.survivorBytes());
        assertEquals(0.25, use.liveShare());
    }

    @Test
    void tooManySmallFilesBecomeOne() {
        ValueFileUse large = file(FLUSH, 0, 0);
        for (int i = 0; i < 64; i++) {
            file(1000, 0, i);
        }
        assertEquals(List.of(), pick());
        file(1000, 0, 0);
        List<ValueFileUse> picked = pick();
        assertEquals(65, picked.size());
        assertFalse(picked.contains(large));
    }

    /// Simulated: 50,000 values, 500 a flush, 3 times as many flushes as it takes to write them
    /// all.
    @Test
    void overwritesAtRandomCostLittleSpaceAndFewWrites() {
        long seed = 20260203;
        System.out.println("utilisation law     writes/flushed writes/asked space");
        for (int utilisation : new int[] {70, 80, 90}) {
            for (String law : new String[] {"uniform", "zipf"}) {
                var random = new SplittableRandom(seed);
                ReclaimSimulation.Result result =
                        new ReclaimSimulation(50_000, 500, utilisation)
                                .run(
                                        300,
                                        law.equals("zipf")
                                                ? ReclaimSimulation.zipf(50_000, random)
                                                : ReclaimSimulation.uniform(50_000, random));
                System.out.printf(
                        "%11d %-7s %14.2f %12.2f %5.2f%n",
                        utilisation,
                        law,
                        result.writesPerFlushed(),
                        result.writesPerAsked(),
                        result.spaceAmplification());
                String where = utilisation + " " + law + " " + result + " seed=" + seed;
                assertTrue(result.spaceAmplification() <= 100.0 / utilisation, where);
                double most = law.equals("zipf") ? 2 : 3;
                assertTrue(utilisation > 80 || result.writesPerAsked() <= most, where);
            }
        }
    }
}
