package dev.kvarts.cli;

import java.util.Locale;

/// Numbers as a person reads them, always with the same decimal point whatever the locale.
final class Units {
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Units() {}

    /// `1,234,567`.
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /// `1 entry`, `2 entries`.
    static String count(long number, String one, String many) {
        return count(number) + " " + (number == 1 ? one : many);
    }

    /// `512 B`, `129.4 MiB`.
    static String bytes(long bytes) {
        double size = bytes;
        int unit = 0;
        while (size >= 1023.95 && unit < BYTE_UNITS.length - 1) {
            size /= 1024;
            unit++;
        }
        return unit == 0
                ? bytes + " B"
                : String.format(Locale.ROOT, "%.1f %s", size, BYTE_UNITS[unit]);
    }

    /// `850 ns`, `1.5 µs`, `12.3 ms`, `4.56 s`, `2 min 03 s`.
    static String nanos(long nanos) {
        if (nanos < 1_000) {
            return nanos + " ns";
        }
        if (nanos < 999_950) {
            return String.format(Locale.ROOT, "%.1f µs", nanos / 1e3);
        }
        if (nanos < 999_950_000) {
            return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
        }
        if (nanos < 59_995_000_000L) {
            return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
        }
        long seconds = Math.round(nanos / 1e9);
        return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60);
    }

    /// `123,456/s`.
    static String rate(long number, long nanos) {
        return count(perSecond(number, nanos)) + "/s";
    }

    static long perSecond(long number, long nanos) {
        return nanos <= 0 ? 0 : Math.round(number * 1e9 / nanos);
    }

    /// `2.46`.
    static String decimal(double number) {
        return String.format(Locale.ROOT, "%.2f", number);
    }

    static double seconds(long nanos) {
        return Math.round(nanos / 1e3) / 1e6;
    }
}
