package dev.kvarts.cli;

import dev.kvarts.api.Database;
import dev.kvarts.api.Entry;
import dev.kvarts.api.OrderedCursor;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;

/// The demo of an ordered keyspace: the same files in the order of their paths, both ways, parts of
/// them, and a view that holds still while others write.
final class OrderedDemo {
    static final String KEYSPACE = "paths";

    private static final int NEIGHBOURS = 1_000;
    private static final long RANDOM_SEED = 2;
    private static final int TIMED_SCANS = 5; // the fastest counts

    private final DemoImage image;
    private final DemoLog log;
    private final Terminal terminal;
    private final TreeSet<byte[]> paths = new TreeSet<>(Arrays::compareUnsigned);
    private final List<Long> sums = new ArrayList<>(); // of every entry, in the order of the paths
    private RandomGets gets;
    private long putNanos;
    private long scanNanos = Long.MAX_VALUE;
    private long reverseNanos = Long.MAX_VALUE;

    OrderedDemo(DemoImage image, DemoLog log, Terminal terminal) {
        this.image = image;
        this.log = log;
        this.terminal = terminal;
    }

    void put(OrderedKeyspace keyspace) throws IOException {
        long[] bytes = new long[1];
        try (var progress = new Progress(terminal, "put", -1)) {
            image.source()
                    .read(
                            (key, value) -> {
                                MemorySegment keySegment = MemorySegment.ofArray(key);
                                long before = System.nanoTime();
                                keyspace.put(keySegment, value);
                                putNanos += System.nanoTime() - before;
                                paths.add(key);
                                bytes[0] += key.length + value.byteSize();
                                progress.step(1);
                            });
        }
        log.passed(
                "put",
                "the same "
                        + Units.count(paths.size())
                        + " class files, "
                        + Units.bytes(bytes[0])
                        + ", "
                        + Units.rate(paths.size(), putNanos));
    }

    void read(OrderedKeyspace keyspace) throws IOException {
        scan(keyspace);
        reverse(keyspace);
        neighbours(keyspace);
        gets = RandomGets.run(keyspace, List.copyOf(paths), log);
    }

    /// Every path in its place, every byte as in the image.
    private void scan(OrderedKeyspace keyspace) throws IOException {
        long differing = 0;
        var expected = paths.iterator();
        try (OrderedCursor cursor = keyspace.cursor();
                var progress = new Progress(terminal, "scan", paths.size())) {
            while (cursor.next()) {
                byte[] key = cursor.key();
                byte[] value = cursor.value();
                boolean inPlace = expected.hasNext() && Arrays.equals(key, expected.next());
                if (!inPlace || !Arrays.equals(value, DemoImage.original(key))) {
                    differing++;
                }
                sums.add(sum(key, value));
                progress.step(1);
            }
        }
        differing += Math.abs(sums.size() - paths.size());
        log.result(
                "scan",
                differing,
                "all in the order of their paths, every byte equal",
                "entries differ, are missing or not in their place");
    }

    private void reverse(OrderedKeyspace keyspace) throws IOException {
        long differing = 0;
        int next = sums.size();
        try (OrderedCursor cursor = keyspace.cursor()) {
            for (boolean on = cursor.last(); on; on = cursor.previous()) {
                next--;
                if (next < 0 || sums.get(next) != sum(cursor.key(), cursor.value())) {
                    differing++;
                }
            }
        }
        differing += Math.abs(next);
        for (int i = 0; i < TIMED_SCANS; i++) {
            scanNanos = Math.min(scanNanos, timed(keyspace, false));
            reverseNanos = Math.min(reverseNanos, timed(keyspace, true));
        }
        log.result(
                "reverse",
                differing,
                "the same from the last to the first; "
                        + Units.rate(paths.size(), reverseNanos)
                        + ", forward "
                        + Units.rate(paths.size(), scanNanos),
                "entries differ from those of the scan");
    }

    private static long sum(byte[] key, byte[] value) {
        var crc = new CRC32C();
        crc.update(key);
        long ofKey = crc.getValue();
        crc.update(value);
        return ofKey << 32 | crc.getValue();
    }

    /// Nanoseconds for a walk over all keys and values where they lie.
    private static long timed(OrderedKeyspace keyspace, boolean reverse) {
        long before = System.nanoTime();
        long bytes = 0;
        try (OrderedCursor cursor = keyspace.cursor()) {
            boolean on = reverse ? cursor.last() : cursor.next();
            while (on) {
                bytes += cursor.keySegment().byteSize() + cursor.valueSegment().byteSize();
                on = reverse ? cursor.previous() : cursor.next();
            }
        }
        long nanos = System.nanoTime() - before;
        return bytes == 0 ? Long.MAX_VALUE : nanos;
    }

    private void neighbours(OrderedKeyspace keyspace) throws IOException {
        var random = new SplittableRandom(RANDOM_SEED);
        List<byte[]> sorted = List.copyOf(paths);
        long differing = 0;
        for (int i = 0; i < NEIGHBOURS; i++) {
            byte[] path = sorted.get(random.nextInt(sorted.size()));
            byte[] between = Arrays.copyOf(path, path.length - random.nextInt(path.length));
            differing += wrong(keyspace.floor(between), paths.floor(between));
            differing += wrong(keyspace.ceiling(between), paths.ceiling(between));
            differing += wrong(keyspace.lower(path), paths.lower(path));
            differing += wrong(keyspace.higher(path), paths.higher(path));
        }
        differing += wrong(keyspace.first(), paths.first());
        differing += wrong(keyspace.last(), paths.last());
        log.result(
                "near",
                differing,
                "first, last, and the neighbours of " + Units.count(NEIGHBOURS) + " random keys",
                "neighbours are not those of the image");
    }

    private static int wrong(Entry found, byte[] expected) {
        byte[] key = found == null ? null : found.key();
        return Arrays.equals(key, expected) ? 0 : 1;
    }

    /// What may be done to a part of the keys: walk it, change it under a cursor, delete it.
    void part(Database database, OrderedKeyspace keyspace) throws IOException {
        String folder = DemoImage.packageAmong(List.copyOf(paths));
        Range range = Range.prefix(folder.getBytes(StandardCharsets.UTF_8));
        NavigableSet<byte[]> below = DemoImage.keysBelow(folder);
        prefix(keyspace, folder, range, below);
        stable(database, keyspace, range, below);
        delete(keyspace, folder, range, below);
    }

    private void prefix(
            OrderedKeyspace keyspace, String folder, Range range, NavigableSet<byte[]> below)
            throws IOException {
        long before = System.nanoTime();
        List<byte[]> found = keys(keyspace, range);
        long nanos = System.nanoTime() - before;
        log.result(
                "prefix",
                differing(found, below),
                folder
                        + " has "
                        + Units.count(found.size(), "class", "classes")
                        + ", as in the image; found in "
                        + Units.nanos(nanos),
                "classes differ from those of " + folder + " in the image");
    }

    private static List<byte[]> keys(OrderedKeyspace keyspace, Range range) {
        List<byte[]> keys = new ArrayList<>();
        try (OrderedCursor cursor = keyspace.cursor(range)) {
            while (cursor.next()) {
                keys.add(cursor.key());
            }
        }
        return keys;
    }

    private static long differing(List<byte[]> found, NavigableSet<byte[]> expected) {
        long differing = Math.abs(found.size() - expected.size());
        int i = 0;
        for (byte[] key : expected) {
            differing += i < found.size() && !Arrays.equals(key, found.get(i)) ? 1 : 0;
            i++;
        }
        return differing;
    }

    /// One thread walks while another overwrites or deletes everything that is still to come, and
    /// flushes.
    private void stable(
            Database database, OrderedKeyspace keyspace, Range range, NavigableSet<byte[]> below)
            throws IOException {
        long differing = 0;
        long changed;
        try (OrderedCursor cursor = keyspace.cursor(range)) {
            var writer = CompletableFuture.supplyAsync(() -> change(database, keyspace, below));
            int seen = 0;
            var expected = below.iterator();
            while (cursor.next()) {
                byte[] key = cursor.key();
                boolean inPlace = expected.hasNext() && Arrays.equals(key, expected.next());
                if (!inPlace || !Arrays.equals(cursor.value(), DemoImage.original(key))) {
                    differing++;
                }
                if (++seen == below.size() / 2) {
                    writer.join(); // the second half is seen when nothing of it is left
                }
            }
            differing += Math.abs(seen - below.size());
            changed = writer.join();
        }
        differing += notChanged(keyspace, range, below);
        log.result(
                "stable",
                differing,
                "a cursor saw all "
                        + Units.count(below.size())
                        + " as they were while "
                        + Units.count(changed)
                        + " writes changed each of them",
                "entries were not as they had been, or not changed");
    }

    /// Deletes every second entry and overwrites the others. Returns how many writes that were.
    private static long change(
            Database database, OrderedKeyspace keyspace, NavigableSet<byte[]> below) {
        long writes = 0;
        for (byte[] key : below) {
            if (writes++ % 2 == 0) {
                keyspace.delete(key);
            } else {
                keyspace.put(key, key);
            }
        }
        database.flush();
        return writes;
    }

    private static long notChanged(
            OrderedKeyspace keyspace, Range range, NavigableSet<byte[]> below) {
        long wrong = 0;
        long seen = 0;
        try (OrderedCursor cursor = keyspace.cursor(range)) {
            while (cursor.next()) {
                seen++;
                wrong += Arrays.equals(cursor.key(), cursor.value()) ? 0 : 1;
            }
        }
        return wrong + Math.abs(seen - below.size() / 2);
    }

    /// Deletes the whole part at once, and puts it back as it is in the image.
    private void delete(
            OrderedKeyspace keyspace, String folder, Range range, NavigableSet<byte[]> below)
            throws IOException {
        long before = System.nanoTime();
        keyspace.deleteRange(range);
        long nanos = System.nanoTime() - before;
        var rest = new TreeSet<byte[]>(paths);
        rest.removeAll(below);
        long differing = differing(keys(keyspace, Range.all()), rest);
        for (byte[] key : below) {
            keyspace.put(key, DemoImage.original(key));
        }
        differing += differing(keys(keyspace, Range.all()), paths);
        log.result(
                "delete",
                differing,
                folder
                        + " deleted by one write in "
                        + Units.nanos(nanos)
                        + ": "
                        + Units.count(rest.size())
                        + " are left; put back: "
                        + Units.count(paths.size()),
                "keys are there that were deleted, or the other way round");
    }

    long putsPerSecond() {
        return Units.perSecond(paths.size(), putNanos);
    }

    RandomGets gets() {
        return gets;
    }

    long scanPerSecond() {
        return Units.perSecond(paths.size(), scanNanos);
    }

    long reversePerSecond() {
        return Units.perSecond(paths.size(), reverseNanos);
    }
}
