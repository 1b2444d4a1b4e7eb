package dev.kvarts.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One number of a special run, and the number it should not exceed.
///
/// @param limit NaN when there is none
record Finding(String name, double value, double limit) {
    static Finding plain(String name, double value) {
        return new Finding(name, value, Double.NaN);
    }

    private String verdict() {
        if (Double.isNaN(limit) || Double.isNaN(value)) {
            return "";
        }
        return value <= limit ? "met" : "MISSED";
    }

    static String table(List<Finding> findings) {
        var text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "%-44s %16s %10s%n", "", "measured", "target"));
        for (Finding finding : findings) {
            text.append(
                            String.format(
                                            Locale.ROOT,
                                            "%-44s %16s %10s  %s",
                                            finding.name,
                                            number(finding.value),
                                            Double.isNaN(finding.limit)
                                                    ? ""
                                                    : "<= " + number(finding.limit),
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

    static String json(Settings settings, Machine machine, List<Finding> findings) {
        var document = new LinkedHashMap<String, Object>();
        document.put("machine", machine.facts());
        document.put("settings", settings.arguments());
        var lines = new ArrayList<Object>();
        for (Finding finding : findings) {
            var line = new LinkedHashMap<>(Map.<String, Object>of());
            line.put("name", finding.name);
            line.put("value", finding.value);
            line.put("limit", finding.limit);
            lines.add(line);
        }
        document.put("findings", lines);
        return Json.write(document);
    }
}
