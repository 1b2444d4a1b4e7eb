package dev.kvarts.hash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.StorageException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.Lookup;
import dev.kvarts.jobs.ThreadScheduler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Keys chosen so that their hashes begin alike. A block counts 255 entries at most.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class UnevenHashesTest {
    private static final int PARTITION_BITS = 3;
    private static final int KEYS = 300;

    private final ThreadScheduler scheduler = new ThreadScheduler(1);
    private final Epochs epochs = new Epochs(scheduler);
    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final RunSet runs = new RunSet();
    private final MapletIndex index =
            new MapletIndex(PARTITION_BITS, RunFiles.SEED, scheduler, epochs, budget, runs, null);
    private RunFiles files;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        files = new RunFiles(folder);
    }

    @AfterEach
    void close() throws IOException {
        index.close();
        for (Run run : runs.sorted()) {
            run.close();
        }
        scheduler.close();
    }

    /// Keys whose hashes begin with so many zeros.
    private static List<RunFiles.Entry> alike(int bits) {
        List<RunFiles.Entry> entries = new ArrayList<>();
        for (long i = 0; entries.size() < KEYS; i++) {
            byte[] key = new byte[Long.BYTES];
            Bytes.putLong(key, 0, i);
            var entry = new RunFiles.Entry(key, new byte[10], 1);
            if (entry.hash() >>> 64 - bits == 0) {
                entries.add(entry);
            }
        }
        return RunFiles.sorted(entries);
    }

    private Run run(List<RunFiles.Entry> entries) throws IOException {
        Run run = files.open(files.write(1, 1, entries), true);
        runs.add(run);
        return run;
    }

    @Test
    void aBlockThatOverflowsIsPartedByMoreBlocks() throws IOException {
        List<RunFiles.Entry> entries = alike(PARTITION_BITS + 5);
        run(entries);
        Maplet maplet = index.get(0);
        assertEquals(KEYS, maplet.count);
        assertTrue(maplet.blocks > 32, "blocks=" + maplet.blocks);
        for (RunFiles.Entry entry : entries) {
            var lookup = new Lookup();
            lookup.ask(entry.key(), entry.key().length, RunFiles.SEED, 1);
            int value = maplet.value(index.fraction(lookup.hash));
            long group = maplet.group(value);
            boolean found = false;
            for (long i = group >>> 8; i < (group >>> 8) + (group & 0xFF); i++) {
                found |= maplet.entry(i) == ((value & 0xFF) << 8 | 1);
            }
            assertTrue(found);
        }
    }

    /// The partition was made anew with one more block, for ever.
    @Test
    void aBlockThatOverflowsForEverIsAFailure() throws IOException {
        index.loadAll();
        Run run = run(alike(PARTITION_BITS + 13));
        var thrown =
                assertThrows(
                        StorageException.class,
                        () -> index.applyFlush(run, index.recordsOf(run), false));
        assertTrue(thrown.getMessage().contains("hashes are not spread evenly"), "" + thrown);
        long before = index.memoryBytes();
        runs.sorted();
        assertEquals(0, index.get(0).count, "what was published stays");
        assertEquals(before, index.memoryBytes());
    }

    @Test
    void lookupsThatFailToLoadAPartitionTakeNoMemory() throws IOException {
        run(alike(PARTITION_BITS + 13));
        assertThrows(StorageException.class, () -> index.get(0));
        long before = index.memoryBytes();
        for (int i = 0; i < 50; i++) {
            assertThrows(StorageException.class, () -> index.get(0));
        }
        assertEquals(before, index.memoryBytes());
    }
}
