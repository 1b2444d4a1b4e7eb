package dev.kvarts.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Readers beside writers see, whatever they do, the store as it was at the sequence number that
/// they have chosen: each view is compared with the history when all is over.
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SortedStoreConcurrencyTest {
    private static final int WRITERS = 4;
    private static final int WRITES = 6000; // of each writer
    private static final int VIEWS_MAX = 60; // of each reader
    private static final int FINDS_MAX = 20_000;
    private static final int OWN_KEYS = 1500;
    private static final int SHARED_KEYS = 300;

    private final SortedStores stores = new SortedStores();
    private final SortedStore store = stores.store;
    private final long seed = new Random().nextLong();
    private final AtomicLong sequences = new AtomicLong();
    private final AtomicReferenceArray<Write> history =
            new AtomicReferenceArray<>(WRITERS * WRITES + 1);
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();

    /// A version: its value begins and ends with the token; 0 is a tombstone.
    private record Write(byte[] key, long token) {}

    /// What a cursor gave: sequence numbers and tokens in the order of the keys.
    private record SeenAt(long visible, long[] sequences, long[] tokens) {}

    private record Found(long visible, byte[] key, long sequence, long token) {}

    private final List<List<SeenAt>> views = new ArrayList<>();
    private final List<List<Found>> finds = new ArrayList<>();

    @BeforeEach
    void startWriters() {
        for (int i = 0; i < WRITERS; i++) {
            int writer = i;
            start(() -> write(writer));
        }
    }

    @AfterEach
    void close() {
        stores.close();
    }

    private void start(Runnable body) {
        threads.add(
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        body.run();
                                    } catch (Throwable e) {
                                        failure.compareAndSet(null, e);
                                        stop.set(true);
                                    }
                                }));
    }

    private void write(int writer) {
        var random = new Random(seed + writer);
        for (int i = 0; i < WRITES && !stop.get(); i++) {
            byte[] key =
                    random.nextInt(3) == 0
                            ? key("shared", random.nextInt(SHARED_KEYS))
                            : key("own-" + writer, random.nextInt(OWN_KEYS));
            long token = random.nextInt(8) == 0 ? 0 : random.nextLong();
            byte[] value = token == 0 ? null : value(token, 16 + random.nextInt(64));
            long sequence = stores.commit(key, value, sequences);
            history.set((int) sequence, new Write(key, token));
            show();
        }
    }

    private static byte[] value(long token, int size) {
        byte[] value = new byte[size];
        Bytes.putLong(value, 0, token);
        Bytes.putLong(value, size - 8, token);
        return value;
    }

    private static long token(MemorySegment segment, long offset, long size) {
        if (size == 0) {
            return 0;
        }
        long token = segment.get(Bytes.LONG, offset);
        assertEquals(token, segment.get(Bytes.LONG, offset + size - 8));
        return token;
    }

    /// Raises the watermark over all that is linked. Nobody waits for a writer that stands still.
    private void show() {
        while (true) {
            long visible = stores.visible.get();
            if (visible + 1 == history.length() || history.get((int) visible + 1) == null) {
                return;
            }
            stores.visible.compareAndSet(visible, visible + 1);
        }
    }

    /// Some differ in the first bytes, some only behind the eighth, some in their length alone.
    private static byte[] key(String owner, int number) {
        byte[] stem =
                switch (number % 3) {
                    case 0 -> Integer.toString(number).getBytes(StandardCharsets.UTF_8);
                    case 1 -> ("a long prefix " + number).getBytes(StandardCharsets.UTF_8);
                    default -> new byte[1 + number % 50];
                };
        byte[] name = owner.getBytes(StandardCharsets.UTF_8);
        byte[] key = Arrays.copyOf(stem, stem.length + name.length);
        System.arraycopy(name, 0, key, stem.length, name.length);
        return key;
    }

    private void finish() throws InterruptedException {
        for (Thread writer : threads.subList(0, WRITERS)) {
            writer.join();
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertNull(failure.get(), () -> "seed=" + seed + " " + failure.get());
    }

    @Test
    void cursorsThatPinTheStoreSeeItAsOfTheirSequenceNumber() throws InterruptedException {
        startWalkers(true);
        finish();
        checkViews();
    }

    @Test
    void cursorsInAnEpochSeeItAsOfTheirSequenceNumber() throws InterruptedException {
        startWalkers(false);
        finish();
        checkViews();
    }

    private void startWalkers(boolean pinned) {
        for (int i = 0; i < 2; i++) {
            List<SeenAt> seen = new ArrayList<>();
            views.add(seen);
            boolean backwards = i == 1;
            start(
                    () -> {
                        while (!stop.get() && seen.size() < VIEWS_MAX) {
                            seen.add(walk(pinned, backwards));
                        }
                    });
        }
    }

    private SeenAt walk(boolean pinned, boolean backwards) {
        int token = stores.epochs.enter();
        long visible = stores.visible.get();
        EntryCursor cursor = store.cursor(visible);
        if (pinned) {
            store.pin();
            stores.epochs.exit(token);
        }
        long[] seen = new long[16];
        long[] tokens = new long[16];
        int count = 0;
        for (boolean on = backwards ? cursor.last() : cursor.first();
                on;
                on = backwards ? cursor.previous() : cursor.next()) {
            if (count == seen.length) {
                seen = Arrays.copyOf(seen, 2 * count);
                tokens = Arrays.copyOf(tokens, 2 * count);
            }
            seen[count] = cursor.sequence();
            tokens[count++] =
                    token(cursor.valueSegment(), cursor.valueOffset(), cursor.valueSize());
            assertEquals(cursor.kind() == EntryFormat.DELETE, cursor.valueSize() == 0);
        }
        cursor.close();
        if (pinned) {
            store.unpin();
        } else {
            stores.epochs.exit(token);
        }
        seen = Arrays.copyOf(seen, count);
        tokens = Arrays.copyOf(tokens, count);
        return backwards
                ? new SeenAt(visible, reversed(seen), reversed(tokens))
                : new SeenAt(visible, seen, tokens);
    }

    private static long[] reversed(long[] numbers) {
        long[] reversed = new long[numbers.length];
        Arrays.setAll(reversed, i -> numbers[numbers.length - 1 - i]);
        return reversed;
    }

    private void checkViews() {
        List<SeenAt> all = new ArrayList<>();
        views.forEach(all::addAll);
        all.sort(Comparator.comparingLong(SeenAt::visible));
        NavigableMap<byte[], Long> model = new TreeMap<>(Arrays::compareUnsigned);
        long replayed = 0;
        for (SeenAt view : all) {
            while (replayed < view.visible) {
                replayed++;
                model.put(history.get((int) replayed).key, replayed);
            }
            long[] expected = model.values().stream().mapToLong(sequence -> sequence).toArray();
            assertEquals(
                    Arrays.toString(expected),
                    Arrays.toString(view.sequences),
                    "seed=" + seed + " visible=" + view.visible);
            for (int i = 0; i < expected.length; i++) {
                assertEquals(
                        history.get((int) expected[i]).token,
                        view.tokens[i],
                        "seed=" + seed + " sequence=" + expected[i]);
            }
        }
    }

    @Test
    void lookupsFindTheNewestVersionAsOfTheirSequenceNumber() throws InterruptedException {
        for (int i = 0; i < 2; i++) {
            List<Found> found = new ArrayList<>();
            finds.add(found);
            var random = new Random(seed - 1 - i);
            start(
                    () -> {
                        while (!stop.get() && found.size() < FINDS_MAX) {
                            found.add(find(random));
                        }
                    });
        }
        finish();
        List<Found> all = new ArrayList<>();
        finds.forEach(all::addAll);
        all.sort(Comparator.comparingLong(Found::visible));
        NavigableMap<byte[], Long> model = new TreeMap<>(Arrays::compareUnsigned);
        long replayed = 0;
        for (Found found : all) {
            while (replayed < found.visible) {
                replayed++;
                model.put(history.get((int) replayed).key, replayed);
            }
            assertEquals(
                    model.getOrDefault(found.key, 0L),
                    found.sequence,
                    "seed=" + seed + " visible=" + found.visible);
            assertEquals(
                    found.sequence == 0 ? 0 : history.get((int) found.sequence).token,
                    found.token,
                    "seed=" + seed + " sequence=" + found.sequence);
        }
    }

    private Found find(Random random) {
        int writer = random.nextInt(WRITERS + 1);
        byte[] key =
                writer == WRITERS
                        ? key("shared", random.nextInt(SHARED_KEYS))
                        : key("own-" + writer, random.nextInt(OWN_KEYS));
        var lookup = new Lookup();
        int token = stores.epochs.enter();
        try {
            stores.find(lookup, key, stores.visible.get());
            return lookup.found
                    ? new Found(
                            lookup.visible,
                            key,
                            lookup.sequence,
                            token(lookup.segment, lookup.valueOffset, lookup.valueSize))
                    : new Found(lookup.visible, key, 0, 0);
        } finally {
            stores.epochs.exit(token);
        }
    }
}
