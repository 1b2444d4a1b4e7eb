package dev.kvarts.cli;

import dev.kvarts.api.Cursor;
import dev.kvarts.api.Keyspace;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The demo of a hashed keyspace: everything in, everything out again, random reads.
final class HashedDemo {
    static final String KEYSPACE = "jdk";

    private final DemoImage image;
    private final DemoLog log;
    private final Terminal terminal;
    private final List<byte[]> keys = new ArrayList<>();
    private long bytes;
    private long putNanos;
    private RandomGets gets;

    HashedDemo(DemoImage image, DemoLog log, Terminal terminal) {
        this.image = image;
        this.log = log;
        this.terminal = terminal;
    }

    void put(Keyspace keyspace) throws IOException {
        try (var progress = new Progress(terminal, "put", -1)) {
            image.source()
                    .read(
                            (key, value) -> {
                                MemorySegment keySegment = MemorySegment.ofArray(key);
                                long before = System.nanoTime();
                                keyspace.put(keySegment, value);
                                putNanos += System.nanoTime() - before;
                                keys.add(key);
                                bytes += key.length + value.byteSize();
                                progress.step(1);
                            });
        }
        log.passed(
                "put",
                Units.count(keys.size())
                        + " class files of the running JDK, "
                        + Units.bytes(bytes)
                        + ", "
                        + Units.rate(keys.size(), putNanos));
    }

    void read(Keyspace keyspace) throws IOException {
        compareByGet(keyspace);
        compareByCursor(keyspace);
        gets = RandomGets.run(keyspace, keys, log);
    }

    private void compareByGet(Keyspace keyspace) throws IOException {
        long differing = 0;
        try (var progress = new Progress(terminal, "get", keys.size())) {
            for (byte[] key : keys) {
                if (!Arrays.equals(keyspace.get(key), DemoImage.original(key))) {
                    differing++;
                }
                progress.step(1);
            }
        }
        log.result(
                "get",
                differing,
                "every file read back, every byte equal",
                "files differ or are missing");
    }

    private void compareByCursor(Keyspace keyspace) throws IOException {
        long differing = 0;
        long seen = 0;
        try (Cursor cursor = keyspace.cursor();
                var progress = new Progress(terminal, "cursor", keys.size())) {
            while (cursor.next()) {
                if (!Arrays.equals(cursor.value(), DemoImage.original(cursor.key()))) {
                    differing++;
                }
                seen++;
                progress.step(1);
            }
        }
        differing += Math.abs(seen - keys.size());
        log.result(
                "cursor",
                differing,
                "every entry seen once, every byte equal",
                "entries differ or are missing");
    }

    /// Keys of all files, in the order of the image.
    List<byte[]> keys() {
        return keys;
    }

    /// Bytes of keys and values.
    long bytes() {
        return bytes;
    }

    long putsPerSecond() {
        return Units.perSecond(keys.size(), putNanos);
    }

    RandomGets gets() {
        return gets;
    }
}
