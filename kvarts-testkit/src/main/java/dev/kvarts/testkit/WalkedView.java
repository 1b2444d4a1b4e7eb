package dev.kvarts.testkit;

import dev.kvarts.api.Entry;
import dev.kvarts.api.OrderedCursor;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// What an [OrderedCursor] must show: the entries there were when it was opened, and where among
/// them it stands.
///
/// Thread safety: one thread at a time.
public final class WalkedView {
    private final List<Entry> entries;
    private int position = -1; // -1: before the first; as many as there are: behind the last

    /// @param entries in the order of their keys
    public WalkedView(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /// Moves the cursor somehow and requires that it shows what it must.
    ///
    /// @param keys where to seek
    /// @return what was done and seen, in a form to compare
    public String move(OrderedCursor cursor, SplittableRandom random, Supplier<byte[]> keys) {
        int before = position;
        int kind = random.nextInt(12);
        boolean found;
        String what;
        switch (kind) {
            case 0, 1, 2, 3 -> {
                what = "next";
                found = cursor.next();
                position = Math.min(entries.size(), position + 1);
            }
            case 4, 5, 6, 7 -> {
                what = "previous";
                found = cursor.previous();
                position = Math.max(-1, position - 1);
            }
            case 8 -> {
                what = "first";
                found = cursor.first();
                position = 0;
            }
            case 9 -> {
                what = "last";
                found = cursor.last();
                position = entries.size() - 1;
            }
            case 10 -> {
                byte[] key = keys.get();
                what = "seek";
                found = cursor.seek(key);
                position = countBelow(key);
            }
            default -> {
                byte[] key = keys.get();
                what = "seekBefore";
                found = cursor.seekBefore(key);
                position = countBelow(key) - 1;
            }
        }
        boolean expected = position >= 0 && position < entries.size();
        if (found != expected) {
            throw new AssertionError(
                    what + " found=" + found + " expected=" + expected + " " + where(before));
        }
        return what + (found ? require(cursor, what, before, random) : "-");
    }

    private String require(OrderedCursor cursor, String what, int before, SplittableRandom random) {
        Entry entry = entries.get(position);
        byte[] key = cursor.key();
        if (!Arrays.equals(entry.key(), key)) {
            throw new AssertionError(
                    what
                            + " leads to "
                            + Arrays.toString(key)
                            + " expected="
                            + Arrays.toString(entry.key())
                            + " "
                            + where(before));
        }
        // Who does not look at a value must not pay for it, nor be led astray.
        if (random.nextInt(4) != 0 && !Arrays.equals(entry.value(), cursor.value())) {
            throw new AssertionError(
                    what
                            + " shows another value of "
                            + Arrays.toString(key)
                            + ": sizeBytes="
                            + cursor.value().length
                            + " expected="
                            + entry.value().length
                            + " "
                            + where(before));
        }
        return Arrays.hashCode(key) + ":" + Arrays.hashCode(entry.value());
    }

    private String where(int before) {
        return "from=" + before + " to=" + position + " of=" + entries.size();
    }

    private int countBelow(byte[] key) {
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Arrays.compareUnsigned(entries.get(middle).key(), key) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
