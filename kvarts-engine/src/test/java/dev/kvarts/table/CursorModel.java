package dev.kvarts.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.table.TableFiles.Entry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// What a cursor must do, on a list: every move is done on both, and what they stand on compared.
final class CursorModel {
    private final List<Entry> entries = new ArrayList<>(); // of each key the newest visible
    private int at = -1;

    CursorModel(List<Entry> sorted, long visible) {
        for (Entry entry : sorted) {
            boolean older =
                    !entries.isEmpty() && Arrays.equals(entries.getLast().key(), entry.key());
            if (entry.sequence() <= visible && !older) {
                entries.add(entry);
            }
        }
    }

    int size() {
        return entries.size();
    }

    void next(EntryCursor cursor, String where) {
        at = Math.min(at + 1, size());
        assertEquals(at < size(), cursor.next(), where);
        check(cursor, where);
    }

    void previous(EntryCursor cursor, String where) {
        at = Math.max(at - 1, -1);
        assertEquals(at >= 0, cursor.previous(), where);
        check(cursor, where);
    }

    void random(EntryCursor cursor, Random random, String where) {
        switch (random.nextInt(12)) {
            case 0 -> {
                at = 0;
                assertEquals(at < size(), cursor.first(), where);
                check(cursor, where);
            }
            case 1 -> {
                at = size() - 1;
                assertEquals(at >= 0, cursor.last(), where);
                check(cursor, where);
            }
            case 2, 3, 4 -> next(cursor, where);
            case 5, 6, 7 -> previous(cursor, where);
            case 8, 9 -> {
                byte[] key = someKey(random);
                at = lowerBound(key);
                assertEquals(at < size(), cursor.seek(key, key.length), where);
                check(cursor, where);
            }
            default -> {
                byte[] key = someKey(random);
                at = lowerBound(key) - 1;
                assertEquals(at >= 0, cursor.seekBefore(key, key.length), where);
                check(cursor, where);
            }
        }
    }

    /// A key of the table, or one near it.
    private byte[] someKey(Random random) {
        if (entries.isEmpty()) {
            return new byte[] {(byte) random.nextInt()};
        }
        byte[] key = entries.get(random.nextInt(size())).key();
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(key, 1 + random.nextInt(key.length));
            case 1 -> Arrays.copyOf(key, key.length + 1);
            case 2 -> {
                byte[] near = key.clone();
                near[random.nextInt(near.length)] += (byte) (random.nextBoolean() ? 1 : -1);
                yield near;
            }
            case 3 -> TableFiles.bytes(random, random.nextInt(1, 20));
            default -> key;
        };
    }

    private int lowerBound(byte[] key) {
        int low = 0;
        int high = size();
        while (low < high) {
            int middle = low + high >>> 1;
            if (Arrays.compareUnsigned(entries.get(middle).key(), key) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    void check(EntryCursor cursor, String where) {
        boolean on = at >= 0 && at < size();
        assertEquals(on, cursor.valid(), where);
        if (on) {
            Entry entry = entries.get(at);
            assertArrayEquals(
                    entry.key(),
                    Arrays.copyOf(cursor.key(), cursor.keySize()),
                    () -> where + " " + entry);
            assertEquals(entry.sequence(), cursor.sequence(), where);
            assertEquals(entry.kind(), cursor.kind(), where);
            assertArrayEquals(
                    entry.value(),
                    Bytes.copyOut(
                            cursor.valueSegment(), cursor.valueOffset(), (int) cursor.valueSize()),
                    () -> where + " " + entry);
            byte[] start = Arrays.copyOf(entry.key(), 8);
            assertEquals(Long.reverseBytes(Bytes.getLong(start, 0)), cursor.head(), where);
        }
    }
}
