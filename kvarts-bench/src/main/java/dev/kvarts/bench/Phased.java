package dev.kvarts.bench;

import java.util.List;
import java.util.function.DoubleBinaryOperator;

/// What one phase of a process gave that does the same work in different circumstances, in turn.
///
/// A child process hands it to its parent as a line of text.
record Phased(String phase, Measurement measurement) {
    private static final String PREFIX = "kvarts-bench-phase\t";

    String toLine() {
        return PREFIX + phase + "\t" + measurement.toLine();
    }

    static boolean isLine(String line) {
        return line.startsWith(PREFIX);
    }

    static Phased parse(String line) {
        if (!isLine(line)) {
            throw new IllegalArgumentException("not a phase: " + line);
        }
        int end = line.indexOf('\t', PREFIX.length());
        if (end < 0) {
            throw new IllegalArgumentException("not a phase: " + line);
        }
        return new Phased(
                line.substring(PREFIX.length(), end), Measurement.parse(line.substring(end + 1)));
    }

    static Spread spread(List<Phased> all, String phase, Figure figure) {
        return Spread.of(
                all.stream()
                        .filter(one -> one.phase.equals(phase))
                        .mapToDouble(one -> one.measurement.figure(figure))
                        .toArray());
    }

    /// Which share of its operations per second a phase lost to another of the same round.
    static Spread lost(List<Phased> all, String phase, String base) {
        return compare(all, phase, base, (ops, opsOfBase) -> 1 - ops / opsOfBase);
    }

    /// How much longer an operation took than in another phase of the same round, as a share.
    static Spread added(List<Phased> all, String phase, String base) {
        return compare(all, phase, base, (ops, opsOfBase) -> opsOfBase / ops - 1);
    }

    private static Spread compare(
            List<Phased> all, String phase, String base, DoubleBinaryOperator comparison) {
        return Spread.of(
                all.stream()
                        .filter(one -> one.phase.equals(phase))
                        .flatMapToDouble(
                                one ->
                                        all.stream()
                                                .filter(other -> other.isPairOf(one, base))
                                                .mapToDouble(
                                                        other ->
                                                                comparison.applyAsDouble(
                                                                        one.ops(), other.ops()))
                                                .limit(1))
                        .toArray());
    }

    private boolean isPairOf(Phased other, String name) {
        return phase.equals(name) && measurement.round() == other.measurement.round();
    }

    private double ops() {
        return measurement.figure(Figure.OPS);
    }

    /// The median of a comparison, which should not exceed the limit, and its extremes.
    static List<Finding> findings(String name, Spread spread, double limit) {
        return List.of(
                new Finding(name, spread.median(), limit),
                Finding.plain("  least", spread.min()),
                Finding.plain("  most", spread.max()));
    }
}
