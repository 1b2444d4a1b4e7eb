package dev.kvarts.cli;

import dev.kvarts.api.Range;

import picocli.CommandLine.Option;

import java.util.Arrays;

/// Which entries, by their keys.
final class RangeOptions {
    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            order = 1,
            description = "Only keys that begin with this.")
    private String prefix;

    @Option(
            names = "--from",
            paramLabel = "KEY",
            order = 2,
            description = "Only this key and higher ones. Of ordered keyspaces.")
    private String from;

    @Option(
            names = "--to",
            paramLabel = "KEY",
            order = 3,
            description = "Only keys lower than this. Of ordered keyspaces.")
    private String to;

    /// The option that chooses among the entries, or null if all are wanted.
    String given() {
        return prefix != null && !prefix.isEmpty() ? "--prefix" : orderNeeded();
    }

    /// The option that only an order of keys gives a meaning, or null if there is none.
    String orderNeeded() {
        return from != null ? "--from" : to != null ? "--to" : null;
    }

    /// Whether any of the options is on the command line, even if it lets every key through.
    boolean isNamed() {
        return prefix != null || orderNeeded() != null;
    }

    byte[] prefix(Notation keys) {
        return keys.parse(prefix == null ? "" : prefix);
    }

    /// The keys that every option lets through.
    Range range(Notation keys) {
        Range wanted = Range.prefix(prefix(keys));
        byte[] low = wanted.from();
        byte[] high = wanted.to();
        if (from != null) {
            byte[] given = keys.parse(from);
            low = Arrays.compareUnsigned(given, low) > 0 ? given : low;
        }
        if (to != null) {
            byte[] given = keys.parse(to);
            high = high == null || Arrays.compareUnsigned(given, high) < 0 ? given : high;
        }
        return new Range(low, high);
    }
}
