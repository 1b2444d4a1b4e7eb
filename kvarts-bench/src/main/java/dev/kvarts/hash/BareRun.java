package dev.kvarts.hash;

import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.manifest.RunMeta;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// A run without its keyspace: what a lookup does after the maplet.
///
/// It stands in the engine's package, which the class path allows, because nobody else has to see a
/// run.
///
/// Thread safety: one thread.
public final class BareRun implements AutoCloseable {
    private static final long DATABASE = 1;
    private static final int KEYSPACE = 1;
    private static final int NUMBER = 1;
    private static final long SEQUENCE_MAX = (1 << 24) - 1; // three bytes, as in runs of any size

    private final Run run;

    private BareRun(Run run) {
        this.run = run;
    }

    /// Writes a run into an empty folder and maps it. The records come in the order of their
    /// hashes, as unsigned numbers.
    public static BareRun write(Path folder, byte[][] keys, long[] hashes, byte[][] values)
            throws IOException {
        Directory directory = RealDirectory.open(folder, false);
        RecordSource source =
                (reference, from, target, at, length) -> {
                    byte[] key = keys[(int) reference];
                    byte[] value = values[(int) reference];
                    byte[] record = new byte[key.length + value.length];
                    System.arraycopy(key, 0, record, 0, key.length);
                    System.arraycopy(value, 0, record, key.length, value.length);
                    MemorySegment.copy(MemorySegment.ofArray(record), from, target, at, length);
                };
        try (var scheduler = new ThreadScheduler(1);
                var writer =
                        new RunWriter(
                                directory,
                                DATABASE,
                                KEYSPACE,
                                NUMBER,
                                0,
                                SEQUENCE_MAX,
                                scheduler)) {
            for (int i = 0; i < keys.length; i++) {
                int size = values[i].length;
                writer.add(hashes[i], i, EntryFormat.PUT, 0, keys[i].length, size, source, i);
            }
            long fileBytes = writer.finish().fileBytes();
            var meta = new RunMeta(NUMBER, 1, fileBytes, SEQUENCE_MAX);
            return new BareRun(Run.open(directory, DATABASE, KEYSPACE, meta, true, null));
        }
    }

    /// Finds the asked key's record, by page directory, tags and full key. Returns its ordinal, or
    /// -1; the answer is in the lookup.
    public long find(Lookup lookup) {
        return run.find(lookup);
    }

    public long pages() {
        return run.pages();
    }

    /// Pages whose records have heads and offsets of their own.
    public long slottedPages() {
        MemorySegment file = run.mappedForJobs();
        long slotted = 0;
        for (long page = 0; page < run.pages(); page++) {
            slotted += RunFormat.keySize(file, RunFormat.pageOffset(page)) == 0 ? 1 : 0;
        }
        return slotted;
    }

    @Override
    public void close() throws IOException {
        run.close();
    }
}
