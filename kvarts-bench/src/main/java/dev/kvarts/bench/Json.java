package dev.kvarts.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;

/// Writes maps, lists, numbers and texts as JSON.
final class Json {
    private Json() {}

    static String write(Object value) {
        var out = new StringBuilder();
        write(value, "\n", out);
        return out.append('\n').toString();
    }

    private static void write(Object value, String newLine, StringBuilder out) {
        switch (value) {
            case Map<?, ?> map -> {
                String separator = "{";
                for (var entry : map.entrySet()) {
                    out.append(separator).append(newLine).append("  ");
                    text(entry.getKey().toString(), out);
                    out.append(": ");
                    write(entry.getValue(), newLine + "  ", out);
                    separator = ",";
                }
                out.append(map.isEmpty() ? "{}" : newLine + "}");
            }
            case List<?> list -> {
                String separator = "[";
                for (Object element : list) {
                    out.append(separator).append(newLine).append("  ");
                    write(element, newLine + "  ", out);
                    separator = ",";
                }
                out.append(list.isEmpty() ? "[]" : newLine + "]");
            }
            case Double number -> number(number, out);
            case Number number -> out.append(number);
            case Boolean truth -> out.append(truth);
            case null -> out.append("null");
            default -> text(value.toString(), out);
        }
    }

    private static void number(double number, StringBuilder out) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            out.append("null");
        } else if (number == Math.rint(number) && Math.abs(number) < 1e15) {
            out.append((long) number);
        } else {
            out.append(
                    new BigDecimal(number, new MathContext(6))
                            .stripTrailingZeros()
                            .toPlainString());
        }
    }

    private static void text(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
