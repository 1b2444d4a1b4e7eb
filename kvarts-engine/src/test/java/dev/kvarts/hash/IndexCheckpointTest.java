package dev.kvarts.hash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.manifest.RunMeta;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// An index read from its checkpoint is the index that was written, and what came since.
final class IndexCheckpointTest {
    private static final int BITS = 3;
    private static final long NUMBER = 50;

    private final ThreadScheduler scheduler = new ThreadScheduler(1);
    private final Epochs epochs = new Epochs(scheduler);
    private final MemoryBudget budget = new MemoryBudget(1 << 30);
    private final List<MapletIndex> indexes = new ArrayList<>();
    private final List<Run> opened = new ArrayList<>();
    private Path folder;
    private RunFiles files;

    @BeforeEach
    void open(@TempDir Path where) throws IOException {
        folder = where;
        files = new RunFiles(where);
    }

    @AfterEach
    void close() throws IOException {
        indexes.forEach(MapletIndex::close);
        for (Run run : opened) {
            run.close();
        }
        scheduler.close();
    }

    private MapletIndex index(RunSet runs, IndexCheckpoint checkpoint) {
        var index =
                new MapletIndex(BITS, RunFiles.SEED, scheduler, epochs, budget, runs, checkpoint);
        indexes.add(index);
        return index;
    }

    private Run run(long number, long from, long to, long sequence) throws IOException {
        Run run = files.numbered(number, (int) number, from, to, 20, sequence);
        opened.add(run);
        return run;
    }

    private Run reopened(Run run, Map<Long, IndexCheckpoint.DeadState> dead) throws IOException {
        var meta = new RunMeta(run.number, run.id, run.fileBytes, run.born);
        var state = dead.get(run.number);
        Run again =
                Run.open(
                        files.directory,
                        RunFiles.DATABASE,
                        RunFiles.KEYSPACE,
                        meta,
                        true,
                        state == null ? null : state.bits());
        if (state != null) {
            again.restoreDead(state.records(), state.bytes());
        }
        opened.add(again);
        return again;
    }

    private IndexCheckpoint read(Map<Long, IndexCheckpoint.DeadState> dead) throws IOException {
        return IndexCheckpoint.open(
                files.directory, RunFiles.DATABASE, RunFiles.KEYSPACE, BITS, NUMBER, dead);
    }

    private void write(RunSet runs, MapletIndex index, long applied) throws IOException {
        IndexCheckpoint.write(
                files.directory,
                RunFiles.DATABASE,
                RunFiles.KEYSPACE,
                BITS,
                NUMBER,
                applied,
                runs.sorted(),
                index);
    }

    /// Entries of each group, in any order.
    private static List<String> contents(MapletIndex index) {
        List<String> lines = new ArrayList<>();
        for (int partition = 0; partition < index.partitions(); partition++) {
            Maplet maplet = index.get(partition);
            for (int group = 0; group < maplet.blocks * Maplet.GROUPS_PER_BLOCK; group++) {
                long where = maplet.group(group << 8);
                int[] entries = new int[(int) (where & 0xFF)];
                for (int i = 0; i < entries.length; i++) {
                    entries[i] = maplet.entry((where >>> 8) + i);
                }
                Arrays.sort(entries);
                lines.add(partition + "/" + group + " " + Arrays.toString(entries));
            }
        }
        return lines;
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        var runs = new RunSet();
        MapletIndex index = index(runs, null);
        index.loadAll();
        runs.add(run(1, 0, 5000, 10));
        index.applyFlush(runs.get(1), index.recordsOf(runs.get(1)), false);
        runs.add(run(2, 4000, 9000, 20)); // replaces a thousand
        index.applyFlush(runs.get(2), index.recordsOf(runs.get(2)), false);
        assertEquals(4000, runs.get(1).liveRecords());
        assertEquals(5000, runs.get(2).liveRecords());
        write(runs, index, 2);

        var dead = new HashMap<Long, IndexCheckpoint.DeadState>();
        IndexCheckpoint checkpoint = read(dead);
        assertEquals(2, checkpoint.appliedRun());
        var again = new RunSet();
        again.add(reopened(runs.get(1), dead));
        again.add(reopened(runs.get(2), dead));
        MapletIndex read = index(again, checkpoint);
        read.loadAll();
        assertEquals(contents(index), contents(read));
        assertEquals(4000, again.get(1).liveRecords());
        assertEquals(runs.get(1).deadBytes(), again.get(1).deadBytes());
        assertTrue(Arrays.equals(runs.get(1).dead.words(), again.get(1).dead.words()));
    }

    @Test
    void runsWrittenSinceAreAppliedAndThoseThatAreGoneAreLeftOut() throws IOException {
        var runs = new RunSet();
        MapletIndex index = index(runs, null);
        index.loadAll();
        runs.add(run(1, 0, 1000, 10));
        index.applyFlush(runs.get(1), index.recordsOf(runs.get(1)), false);
        runs.add(run(2, 2000, 3000, 20));
        index.applyFlush(runs.get(2), index.recordsOf(runs.get(2)), false);
        write(runs, index, 2);
        runs.add(run(3, 500, 1500, 30));
        index.applyFlush(runs.get(3), index.recordsOf(runs.get(3)), false);

        var dead = new HashMap<Long, IndexCheckpoint.DeadState>();
        IndexCheckpoint checkpoint = read(dead);
        var again = new RunSet(); // run 2 is gone
        again.add(reopened(runs.get(1), dead));
        again.add(reopened(runs.get(3), dead));
        MapletIndex read = index(again, checkpoint);
        read.loadAll();
        assertEquals(500, again.get(1).liveRecords());
        assertEquals(1000, again.get(3).liveRecords());
        int count = 0;
        for (int partition = 0; partition < read.partitions(); partition++) {
            count += read.get(partition).count;
        }
        assertEquals(1500, count);
    }

    @Test
    void withoutACheckpointTheRunsAloneGiveTheSameIndex() throws IOException {
        var runs = new RunSet();
        MapletIndex index = index(runs, null);
        index.loadAll();
        for (int i = 1; i <= 6; i++) {
            runs.add(run(i, i * 300L, i * 300L + 1000, i));
            index.applyFlush(runs.get(i), index.recordsOf(runs.get(i)), false);
        }
        var again = new RunSet();
        for (int i = 1; i <= 6; i++) {
            again.add(reopened(runs.get(i), Map.of()));
        }
        MapletIndex read = index(again, null);
        read.loadAll();
        assertEquals(contents(index), contents(read));
        for (int i = 1; i <= 6; i++) {
            assertEquals(runs.get(i).liveRecords(), again.get(i).liveRecords());
        }
    }

    @Test
    void everyFlippedByteIsCorruption() throws IOException {
        var runs = new RunSet();
        MapletIndex index = index(runs, null);
        index.loadAll();
        runs.add(run(1, 0, 300, 10));
        index.applyFlush(runs.get(1), index.recordsOf(runs.get(1)), false);
        write(runs, index, 1);
        String name = IndexFormat.fileName(NUMBER);
        long size = files.directory.size(name);
        for (long at = 0; at < size; at += 3) {
            flip(name, at);
            long where = at;
            assertThrows(CorruptionException.class, () -> readAll(runs), "byte " + where);
            flip(name, at);
        }
        readAll(runs);
    }

    private void readAll(RunSet runs) throws IOException {
        IndexCheckpoint checkpoint = read(new HashMap<>());
        try {
            var builder = new MapletBuilder();
            for (int partition = 0; partition < 1 << BITS; partition++) {
                checkpoint.read(partition, runs, builder);
            }
        } finally {
            checkpoint.close();
        }
    }

    private void flip(String name, long offset) throws IOException {
        try (var file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
            file.seek(offset);
            int old = file.read();
            file.seek(offset);
            file.write(old ^ 4);
        }
    }
}
