package dev.kvarts.bench;

import java.util.Arrays;

/// Smallest, middle and largest of a figure over the rounds.
record Spread(double min, double median, double max) {
    static final Spread UNKNOWN = new Spread(Double.NaN, Double.NaN, Double.NaN);

    /// Values that are NaN are left out.
    static Spread of(double... values) {
        double[] sorted =
                Arrays.stream(values).filter(value -> !Double.isNaN(value)).sorted().toArray();
        int count = sorted.length;
        if (count == 0) {
            return UNKNOWN;
        }
        double median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
        return new Spread(sorted[0], median, sorted[count - 1]);
    }

    boolean known() {
        return !Double.isNaN(median);
    }
}
