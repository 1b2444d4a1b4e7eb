package dev.kvarts.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One number of a special run, and the number it should not exceed, or should reach.
///
/// @param limit NaN when there is none
/// @param floor what it should reach; NaN when there is none
record Finding(String name, double value, double limit, double floor) {
    private static final int NAME_WIDTH = 44;

    Finding(String name, double value, double limit) {
        this(name, value, limit, Double.NaN);
    }

    static Finding atLeast(String name, double value, double floor) {
        return new Finding(name, value, Double.NaN, floor);
    }

    /// The same, of one of several.
    Finding of(String variant) {
        return new Finding(variant + ", " + name, value, limit, floor);
    }

    static Finding plain(String name, double value) {
        return new Finding(name, value, Double.NaN);
    }

    private String verdict() {
        if (target().isEmpty() || Double.isNaN(value)) {
            return "";
        }
        return value > limit || value < floor ? "MISSED" : "met";
    }

    private String target() {
        if (!Double.isNaN(limit)) {
            return "<= " + number(limit);
        }
        return Double.isNaN(floor) ? "" : ">= " + number(floor);
    }

    static String table(List<Finding> findings) {
        var text = new StringBuilder();
        int width = findings.stream().mapToInt(finding -> finding.name.length()).max().orElse(0);
        width = Math.max(width, NAME_WIDTH);
        text.append(
                String.format(
                        Locale.ROOT, "%s %16s %10s%n", " ".repeat(width), "measured", "target"));
        for (Finding finding : findings) {
            text.append(
                            String.format(
                                            Locale.ROOT,
                                            "%s %16s %10s  %s",
                                            finding.name
                                                    + " ".repeat(width - finding.name.length()),
                                            number(finding.value),
                                            finding.target(),
                                            finding.verdict())
                                    .stripTrailing())
                    .append('\n');
        }
        return text.toString();
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        boolean large = Math.abs(value) >= 1000;
        return String.format(Locale.ROOT, large ? "%,.0f" : "%.4g", value);
    }

    /// For JSON.
    Map<String, Object> toMap() {
        var map = new LinkedHashMap<String, Object>();
        map.put("name", name);
        map.put("value", value);
        map.put("limit", limit);
        map.put("floor", floor);
        return map;
    }

    static String json(Settings settings, Machine machine, List<Finding> findings) {
        var document = new LinkedHashMap<String, Object>();
        document.put("machine", machine.facts());
        document.put("settings", settings.arguments());
        var lines = new ArrayList<Object>();
        findings.forEach(finding -> lines.add(finding.toMap()));
        document.put("findings", lines);
        return Json.write(document);
    }
}
