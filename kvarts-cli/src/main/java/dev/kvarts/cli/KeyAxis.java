package dev.kvarts.cli;

import dev.kvarts.inspect.DatabaseLayout.TableFile;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/// Where keys stand on a line from 0 to 1, so that a picture of tables shows how much lies where
/// and what overlaps.
///
/// The line is divided by bounds: the first and last keys of all tables, and, if there are not too
/// many tables, the keys that divide them into parts of one size. Each stretch of the line is as
/// long as the bytes in it: tables of one size look alike, and a gap between neighbours in which
/// there are no keys takes no room.
///
/// Between the known keys of a table its bytes are taken to lie evenly. For that keys are numbers
/// whose digits are those bytes that occur in the bounds: with decimal digits, 499 and 500 are
/// neighbours, which as bytes they are not.
final class KeyAxis {
    private static final int DIVIDED_MAX = 256; // tables
    private static final int DIGITS_MAX = 48; // behind which a double knows no difference

    // By rank of the bound.
    private final byte[][] bounds;
    private final double[] positions;

    private KeyAxis(byte[][] bounds, double[] positions) {
        this.bounds = bounds;
        this.positions = positions;
    }

    static KeyAxis of(List<TableFile> tables) {
        boolean divided = tables.size() <= DIVIDED_MAX;
        var sorted = new TreeSet<byte[]>(Arrays::compareUnsigned);
        for (TableFile table : tables) {
            sorted.add(table.firstKey());
            if (table.lastKey() != null) {
                sorted.add(table.lastKey());
            }
            if (divided) {
                sorted.addAll(table.dividers());
            }
        }
        byte[][] bounds = sorted.toArray(byte[][]::new);
        double[] lengths = new double[Math.max(0, bounds.length - 1)];
        int[] digits = digits(bounds);
        for (TableFile table : tables) {
            spread(table, divided, bounds, digits, lengths);
        }
        if (Arrays.stream(lengths).sum() <= 0) {
            Arrays.fill(lengths, 1); // nothing but tables of one key
        }
        double sum = Arrays.stream(lengths).sum();
        double[] positions = new double[bounds.length];
        double at = 0;
        for (int i = 1; i < bounds.length; i++) {
            at += lengths[i - 1];
            positions[i] = at / sum;
        }
        return new KeyAxis(bounds, positions);
    }

    /// Adds the bytes of a table to the stretches of the line that it covers.
    private static void spread(
            TableFile table, boolean divided, byte[][] bounds, int[] digits, double[] lengths) {
        List<byte[]> dividers = divided ? table.dividers() : List.of();
        double part = (double) table.fileBytes() / (dividers.size() + 1);
        int from = rank(bounds, table.firstKey());
        for (byte[] divider : dividers) {
            int to = rank(bounds, divider);
            spread(part, from, Math.max(from, to), bounds, digits, lengths);
            from = Math.max(from, to);
        }
        int end = table.lastKey() == null ? bounds.length - 1 : rank(bounds, table.lastKey());
        spread(part, from, end, bounds, digits, lengths);
    }

    private static void spread(
            double bytes, int from, int to, byte[][] bounds, int[] digits, double[] lengths) {
        if (from >= to) {
            return;
        }
        int shared = Math.max(0, Arrays.mismatch(bounds[from], bounds[to]));
        double low = number(bounds[from], shared, digits);
        double whole = number(bounds[to], shared, digits) - low;
        for (int i = from; i < to; i++) {
            double high = number(bounds[i + 1], shared, digits);
            double part = high - low;
            low = high;
            lengths[i] += bytes * (whole > 0 ? part / whole : 1.0 / (to - from));
        }
    }

    private static int rank(byte[][] bounds, byte[] key) {
        return Arrays.binarySearch(bounds, key, Arrays::compareUnsigned);
    }

    /// By byte: which digit it is, from 1 on; the last element is how many there are and one more.
    private static int[] digits(byte[][] bounds) {
        int[] digits = new int[257];
        for (byte[] bound : bounds) {
            for (byte each : bound) {
                digits[each & 0xFF] = 1;
            }
        }
        int next = 1;
        for (int i = 0; i < 256; i++) {
            digits[i] = digits[i] == 0 ? 0 : next++;
        }
        digits[256] = next;
        return digits;
    }

    /// The bytes behind the first `skip`, as a fraction.
    private static double number(byte[] key, int skip, int[] digits) {
        double number = 0;
        for (int i = Math.min(key.length, skip + DIGITS_MAX) - 1; i >= skip; i--) {
            number = (number + digits[key[i] & 0xFF]) / digits[256];
        }
        return number;
    }

    /// Where the table begins.
    double start(TableFile table) {
        return positions[rank(bounds, table.firstKey())];
    }

    /// Where it ends.
    double end(TableFile table) {
        return table.lastKey() == null || bounds.length == 1
                ? 1
                : positions[rank(bounds, table.lastKey())];
    }

    /// The bound that is nearest to this position.
    byte[] keyAt(double position) {
        int nearest = 0;
        for (int i = 1; i < bounds.length; i++) {
            if (Math.abs(positions[i] - position) <= Math.abs(positions[nearest] - position)) {
                nearest = i;
            }
        }
        return bounds[nearest];
    }
}
