package dev.kvarts.bench.loops;

import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.table.SharedBlocks;
import dev.kvarts.table.Table;
import dev.kvarts.table.TableOptions;
import dev.kvarts.table.TableWriter;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A table without its keyspace, mapped, in a folder of its own; deleted when it is closed.
///
/// Thread safety: one thread.
final class BareTable implements AutoCloseable {
    private static final int KEYSPACE = 1;
    private static final int NUMBER = 1;

    final Table table;
    private final TemporaryFolder folder;

    private BareTable(Table table, TemporaryFolder folder) {
        this.table = table;
        this.folder = folder;
    }

    /// Writes the records in the order of their keys.
    static BareTable write(Records records) throws IOException {
        var folder = TemporaryFolder.create();
        Directory directory = RealDirectory.open(folder.path(), false);
        var options = new TableOptions(TableOptions.BLOCK_BYTES_DEFAULT, 8, Records.SEED);
        Integer[] order = new Integer[records.keys.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Arrays.compareUnsigned(records.keys[a], records.keys[b]));
        long fileBytes;
        try (var scheduler = new ThreadScheduler(1);
                var writer = new TableWriter(directory, 1, KEYSPACE, NUMBER, options, scheduler)) {
            for (int i : order) {
                byte[] key = records.keys[i];
                MemorySegment value = MemorySegment.ofArray(records.values[i]);
                // Sequence numbers of three bytes, as in tables of any size.
                long sequence = 1 + (i * 0x9E3779B9L & 0xFF_FFFF);
                writer.add(key, key.length, sequence, EntryFormat.PUT, value, 0, value.byteSize());
            }
            fileBytes = writer.finish().fileBytes();
        }
        return new BareTable(
                Table.open(
                        directory,
                        1,
                        KEYSPACE,
                        NUMBER,
                        fileBytes,
                        0,
                        true,
                        SharedBlocks.builtIn(),
                        new MemoryBudget(1 << 20)),
                folder);
    }

    @Override
    public void close() throws IOException {
        table.close();
        folder.close();
    }
}
