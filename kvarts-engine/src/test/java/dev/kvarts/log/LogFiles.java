package dev.kvarts.log;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.ThreadScheduler;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A log in a folder, what was appended to it, and ways to damage it.
final class LogFiles implements AutoCloseable {
    static final long DATABASE = 0x1234;
    static final int SEGMENT = 64 << 10;
    static final int KEYSPACE = 3;

    final Path folder;
    final Directory directory;
    final Scheduler scheduler = new ThreadScheduler(1);

    LogFiles(Path folder) throws IOException {
        this.folder = folder;
        this.directory = RealDirectory.open(folder, true);
    }

    /// One entry as it was logged or replayed.
    record Entry(long sequence, byte kind, int keyspace, String key, String value) {}

    /// What recovery gave.
    record Recovered(RecoveredLog log, List<Entry> entries) {
        List<String> keys() {
            return entries.stream().map(Entry::key).toList();
        }
    }

    static RecoveredLog nothing() {
        return new RecoveredLog(List.of(), 0, 1, 0, 0, List.of(), List.of());
    }

    CommitLog fresh() throws IOException {
        return open(directory, nothing());
    }

    CommitLog open(Directory other, RecoveredLog recovered) throws IOException {
        return open(other, recovered, scheduler);
    }

    CommitLog open(Directory other, RecoveredLog recovered, Scheduler jobs) throws IOException {
        return new CommitLog(other, jobs, SEGMENT, DATABASE, recovered);
    }

    static Entry append(CommitLog log, String key, String value) {
        byte[] keyBytes = key.getBytes(StandardCharsets.ISO_8859_1);
        byte[] valueBytes = value.getBytes(StandardCharsets.ISO_8859_1);
        if ((key.hashCode() & 1) == 0) { // both ways to write the same record
            long large =
                    log.appendLarge(
                            EntryFormat.PUT,
                            KEYSPACE,
                            keyBytes,
                            keyBytes.length,
                            valueBytes,
                            valueBytes.length);
            return new Entry(large, EntryFormat.PUT, KEYSPACE, key, value);
        }
        var batch = new EntryBatch();
        batch.add(
                EntryFormat.PUT,
                KEYSPACE,
                keyBytes,
                keyBytes.length,
                valueBytes,
                valueBytes.length);
        long sequence = log.append(batch);
        return new Entry(sequence, EntryFormat.PUT, KEYSPACE, key, value);
    }

    Recovered recover() throws IOException {
        return recover(1, 1, List.of());
    }

    Recovered recover(long floor, long open, List<LogEnd> ends) throws IOException {
        List<Entry> entries = new ArrayList<>();
        RecoveredLog log =
                new LogRecovery(directory, DATABASE, floor, open, ends)
                        .run(
                                0,
                                (sequence, segment, at) -> {
                                    int keySize = EntryFormat.keySize(segment, at);
                                    long keyAt = at + EntryFormat.HEADER_SIZE;
                                    int valueSize = (int) EntryFormat.valueSize(segment, at);
                                    return entries.add(
                                            new Entry(
                                                    sequence,
                                                    EntryFormat.kind(segment, at),
                                                    EntryFormat.keyspace(segment, at),
                                                    text(Bytes.copyOut(segment, keyAt, keySize)),
                                                    text(
                                                            Bytes.copyOut(
                                                                    segment,
                                                                    keyAt + keySize,
                                                                    valueSize))));
                                });
        return new Recovered(log, entries);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    void flip(String name, long offset) throws IOException {
        try (var file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
            file.seek(offset);
            int old = file.read();
            file.seek(offset);
            file.write(old ^ 0x10);
        }
    }

    void zero(String name, long from, long to) throws IOException {
        try (var file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
            file.seek(from);
            file.write(new byte[(int) (to - from)]);
        }
    }

    List<String> names() throws IOException {
        return directory.list();
    }

    @Override
    public void close() {
        scheduler.close();
    }
}
