package dev.kvarts.bench;

import java.util.Arrays;

/// Zipf-distributed ranks: rank r (from 0) has a weight of 1/(r+1)^theta.
///
/// The ranks are cut into classes: the first [#EXACT] one by one, the rest in classes whose ends
/// differ by one percent, within which the weight is taken as even (wrong by less than half a
/// percent). A class is drawn by the alias method. So a draw costs one random number, one look into
/// a table of some ten KiB and no power function, and it is correct for any number of ranks and any
/// theta.
///
/// Thread safety: the tables are immutable; a caller brings its own generator.
final class Zipf {
    private static final int EXACT = 1024;
    private static final double CLASS_GROWTH = 1.01;

    private final long size;
    private final int classes;
    private final long[] first; // first rank of a class; one more at the end
    private final double[] threshold; // below it the class itself, else its alias
    private final int[] alias;

    Zipf(long size, double theta) {
        if (size < 1 || theta < 0) {
            throw new IllegalArgumentException("zipf: size=" + size + " theta=" + theta);
        }
        this.size = size;
        this.first = cut(size);
        this.classes = first.length - 1;
        double[] weight = new double[classes];
        for (int i = 0; i < classes; i++) {
            weight[i] = weight(first[i], first[i + 1], theta);
        }
        this.threshold = new double[classes];
        this.alias = new int[classes];
        alias(weight);
    }

    private static long[] cut(long size) {
        long[] cuts = new long[EXACT + 1];
        int count = 0;
        long rank = 0;
        while (rank < size) {
            if (count + 1 >= cuts.length) {
                cuts = Arrays.copyOf(cuts, cuts.length * 2);
            }
            cuts[count++] = rank;
            rank = rank < EXACT ? rank + 1 : (long) (rank * CLASS_GROWTH) + 1;
        }
        cuts[count++] = size;
        return Arrays.copyOf(cuts, count);
    }

    /// Sum of 1/(r+1)^theta for r from..to-1: exact when short, else the integral about the
    /// midpoints.
    private static double weight(long from, long to, double theta) {
        if (to - from == 1) {
            return Math.pow(from + 1.0, -theta);
        }
        double a = from + 0.5;
        double b = to + 0.5;
        return theta == 1
                ? Math.log(b / a)
                : (Math.pow(b, 1 - theta) - Math.pow(a, 1 - theta)) / (1 - theta);
    }

    /// Vose's construction: every column holds an equal share, filled by at most two classes.
    private void alias(double[] weight) {
        double sum = Arrays.stream(weight).sum();
        double[] share = new double[classes];
        int[] small = new int[classes];
        int[] large = new int[classes];
        int smalls = 0;
        int larges = 0;
        for (int i = 0; i < classes; i++) {
            share[i] = weight[i] * classes / sum;
            if (share[i] < 1) {
                small[smalls++] = i;
            } else {
                large[larges++] = i;
            }
        }
        while (smalls > 0 && larges > 0) {
            int less = small[--smalls];
            int more = large[--larges];
            threshold[less] = share[less];
            alias[less] = more;
            share[more] -= 1 - share[less];
            if (share[more] < 1) {
                small[smalls++] = more;
            } else {
                large[larges++] = more;
            }
        }
        while (larges > 0) {
            threshold[large[--larges]] = 1;
        }
        while (smalls > 0) {
            threshold[small[--smalls]] = 1;
        }
    }

    long size() {
        return size;
    }

    /// The next rank, 0..size-1; 0 is the most frequent.
    long next(SplitMix random) {
        double column = random.unit() * classes;
        int i = (int) column;
        double fraction = column - i; // uniform again, with some forty bits left
        if (fraction >= threshold[i]) {
            i = alias[i];
        }
        long from = first[i];
        long width = first[i + 1] - from;
        return width == 1 ? from : from + random.below(width);
    }
}
