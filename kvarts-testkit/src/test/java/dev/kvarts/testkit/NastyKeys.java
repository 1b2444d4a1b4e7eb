package dev.kvarts.testkit;

import dev.kvarts.api.Limits;
import dev.kvarts.api.Range;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;

/// Keys that are hard to keep in order: alike for long, each the beginning of another, of zero
/// bytes and of `FF`, of one byte and of as many as there may be.
final class NastyKeys {
    private static final byte[] BYTES = {0, 1, 0x7F, (byte) 0x80, (byte) 0xFE, (byte) 0xFF, 'a'};
    private static final int LONG = 4_000;

    private final List<byte[]> sorted;
    private final SplittableRandom random;

    /// @param random draws the keys now, and later which of them
    NastyKeys(SplittableRandom random, int count) {
        this.random = random;
        List<byte[]> beginnings = beginnings();
        var all = new TreeSet<byte[]>(Arrays::compareUnsigned);
        byte[] longest = new byte[Limits.KEY_SIZE_MAX];
        Arrays.fill(longest, (byte) 0xFF);
        all.add(longest);
        while (all.size() < count) {
            byte[] beginning = beginnings.get(random.nextInt(beginnings.size()));
            byte[] key = Arrays.copyOf(beginning, beginning.length + random.nextInt(5));
            for (int i = beginning.length; i < key.length; i++) {
                key[i] = BYTES[random.nextInt(BYTES.length)];
            }
            if (key.length > 0) {
                all.add(key);
            }
        }
        sorted = List.copyOf(all);
    }

    private static List<byte[]> beginnings() {
        var beginnings = new ArrayList<byte[]>();
        for (String text :
                List.of(
                        "",
                        "",
                        "\0\0\0\0\0\0\0\0",
                        "\u00FF",
                        "\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF",
                        "user:00000000",
                        "user:00000000",
                        "user:0000000",
                        "user:")) {
            beginnings.add(text.getBytes(StandardCharsets.ISO_8859_1));
        }
        byte[] shared = new byte[300];
        Arrays.fill(shared, (byte) 'p');
        beginnings.add(shared);
        byte[] longer = Arrays.copyOf(shared, LONG);
        beginnings.add(longer); // `p` and then zeros
        return beginnings;
    }

    /// All, in their order.
    List<byte[]> sorted() {
        return sorted;
    }

    /// One of them; some more often than others.
    byte[] any() {
        int bound = random.nextInt(3) == 0 ? sorted.size() / 8 : sorted.size();
        // Spread over the order, so that neighbours are not all hot.
        return sorted.get((int) (random.nextInt(bound) * 7919L % sorted.size()));
    }

    /// One of them, or something beside it that is no key of theirs.
    byte[] near() {
        byte[] key = any();
        return switch (random.nextInt(6)) {
            case 0 -> key.length < Limits.KEY_SIZE_MAX ? Arrays.copyOf(key, key.length + 1) : key;
            case 1 -> key.length > 1 ? Arrays.copyOf(key, key.length - 1) : key;
            case 2 -> {
                byte[] other = key.clone();
                other[random.nextInt(key.length)]++;
                yield other;
            }
            default -> key;
        };
    }

    /// Of any form: long, short, empty, reversed, open at one end or at both, all of one beginning.
    Range range() {
        return switch (random.nextInt(12)) {
            case 0 -> Range.all();
            case 1 -> Range.atLeast(near());
            case 2 -> Range.lessThan(near());
            case 3 -> Range.prefix(Arrays.copyOf(any(), 1));
            case 4 -> Range.prefix(near());
            case 5 -> {
                byte[] key = any();
                yield Range.prefix(
                        Arrays.copyOf(key, random.nextInt(Math.min(key.length, 16) + 1)));
            }
            case 6, 7 -> Range.closedOpen(near(), near()); // every other one is reversed
            default -> shortRange();
        };
    }

    /// Some ten neighbours.
    Range shortRange() {
        int from = random.nextInt(sorted.size());
        int to = Math.min(sorted.size() - 1, from + random.nextInt(20));
        return Range.closedOpen(sorted.get(from), sorted.get(to));
    }
}
