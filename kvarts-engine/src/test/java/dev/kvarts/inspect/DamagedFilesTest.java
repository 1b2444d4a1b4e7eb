package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// Bytes of any kind and length are described or refused, and nothing else.
final class DamagedFilesTest {
    private static final int ROUNDS = 400;
    private static final String[] NAMES = {
        "log-1", "run-1", "index-1", "table-1", "manifest", "lock"
    };

    @TempDir private Path directory;

    @Test
    void damagedGoldenFilesAreDescribed() throws IOException {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (Path file : GoldenDatabase.files()) {
            byte[] bytes = Files.readAllBytes(file);
            for (int round = 0; round < ROUNDS; round++) {
                byte[] damaged = bytes;
                for (int i = random.nextInt(3); i >= 0; i--) {
                    damaged = Damage.apply(damaged, random);
                }
                inspect(file.getFileName().toString(), damaged, seed);
            }
        }
    }

    @Test
    void randomBytesAreDescribed() throws IOException {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (String name : NAMES) {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] bytes = new byte[random.nextInt(1 << random.nextInt(1, 16))];
                random.nextBytes(bytes);
                inspect(name, bytes, seed);
            }
        }
    }

    @Test
    void randomBytesBehindAWholeHeaderAreDescribed() throws IOException {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (Path file : GoldenDatabase.files()) {
            byte[] bytes = Files.readAllBytes(file);
            for (int round = 0; round < ROUNDS / 4; round++) {
                byte[] damaged = bytes.clone();
                int whole = Math.min(bytes.length, random.nextInt(8, 5000));
                byte[] rest = new byte[bytes.length - whole];
                random.nextBytes(rest);
                System.arraycopy(rest, 0, damaged, whole, rest.length);
                inspect(file.getFileName().toString(), damaged, seed);
            }
        }
    }

    @Test
    void everyTruncationOfSmallFilesAndManyOfLargeOnesAreDescribed() throws IOException {
        for (Path file : GoldenDatabase.files()) {
            byte[] bytes = Files.readAllBytes(file);
            String name = file.getFileName().toString();
            int step = Math.max(1, bytes.length / 300);
            for (int size = 0; size < bytes.length; size += size < 100 ? 1 : step) {
                byte[] cut = java.util.Arrays.copyOf(bytes, size);
                FileReport report = inspect(name, cut, size);
                boolean mayBeWhole = name.equals("lock") || name.startsWith("log-");
                assertTrue(mayBeWhole || !report.problems().isEmpty(), name + " size=" + report);
            }
        }
    }

    @Test
    void emptyFilesAreDescribed() throws IOException {
        for (String name : NAMES) {
            FileReport report = inspect(name, new byte[0], 0);
            assertEquals(0, report.sizeBytes());
            assertEquals(name.equals("lock"), report.problems().isEmpty());
        }
    }

    private FileReport inspect(String name, byte[] bytes, long seed) throws IOException {
        Path file = directory.resolve(name);
        Files.write(file, bytes);
        try {
            FileReport report = Inspector.inspect(file, 3);
            assertFalse(report.units().size() > 3);
            return report;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("seed=" + seed + " name=" + name, e);
        } finally {
            Files.delete(file);
        }
    }
}
