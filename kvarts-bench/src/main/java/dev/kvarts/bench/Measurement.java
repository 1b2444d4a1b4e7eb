package dev.kvarts.bench;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/// What one workload on one store gave in one round.
///
/// A child process hands it to its parent as a line of text.
record Measurement(StoreKind store, Workload workload, int round, Map<Figure, Double> figures) {
    private static final String PREFIX = "kvarts-bench-measurement";
    private static final String SEPARATOR = "\t";

    Measurement {
        figures = Collections.unmodifiableMap(new EnumMap<>(figures));
    }

    /// NaN when it is not known.
    double figure(Figure figure) {
        return figures.getOrDefault(figure, Double.NaN);
    }

    String toLine() {
        var line =
                new StringBuilder(PREFIX)
                        .append(SEPARATOR)
                        .append(store.label())
                        .append(SEPARATOR)
                        .append(workload.label())
                        .append(SEPARATOR)
                        .append(round);
        figures.forEach(
                (figure, value) ->
                        line.append(SEPARATOR)
                                .append(figure.name())
                                .append('=')
                                .append((double) value));
        return line.toString();
    }

    /// Whether a line of a child's output is a measurement; a store may print lines of its own.
    static boolean isLine(String line) {
        return line.startsWith(PREFIX + SEPARATOR);
    }

    static Measurement parse(String line) {
        String[] parts = line.split(SEPARATOR, -1);
        if (parts.length < 4 || !parts[0].equals(PREFIX)) {
            throw new IllegalArgumentException("not a measurement: " + line);
        }
        var figures = new EnumMap<Figure, Double>(Figure.class);
        for (int i = 4; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("not a figure: " + parts[i]);
            }
            figures.put(
                    Figure.valueOf(parts[i].substring(0, equals)),
                    Double.valueOf(parts[i].substring(equals + 1)));
        }
        return new Measurement(
                StoreKind.of(parts[1]), Workload.of(parts[2]), Integer.parseInt(parts[3]), figures);
    }
}
