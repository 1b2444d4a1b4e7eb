package dev.kvarts.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Rows of text in aligned columns.
///
/// Each column is as wide as its widest cell, the last one without padding; a column is aligned to
/// the right when so named. Widths are counted before colour is added.
final class Table {
    private static final String GAP = "  ";

    private final boolean[] right;
    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    /// `columns` are headings; one that begins with `>` is aligned to the right. All empty: no
    /// heading line.
    Table(String... columns) {
        this.right = new boolean[columns.length];
        this.header = new ArrayList<>();
        for (int i = 0; i < columns.length; i++) {
            right[i] = columns[i].startsWith(">");
            header.add(right[i] ? columns[i].substring(1) : columns[i]);
        }
    }

    Table row(Object... cells) {
        if (cells.length != header.size()) {
            throw new AssertionError("cells=" + cells.length + " columns=" + header.size());
        }
        var row = new ArrayList<String>();
        for (Object cell : cells) {
            row.add(String.valueOf(cell));
        }
        rows.add(row);
        return this;
    }

    void print(Terminal terminal, String indent) throws IOException {
        int[] widths = new int[header.size()];
        boolean headed = false;
        for (int i = 0; i < widths.length; i++) {
            widths[i] = width(header.get(i));
            headed |= widths[i] > 0;
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        if (headed) {
            terminal.print(terminal.bold(line(indent, header, widths)));
        }
        for (List<String> row : rows) {
            terminal.print(line(indent, row, widths));
        }
    }

    private String line(String indent, List<String> cells, int[] widths) {
        var line = new StringBuilder(indent);
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i);
            String padding = " ".repeat(widths[i] - width(cell));
            boolean last = i == widths.length - 1;
            line.append(right[i] ? padding + cell : last ? cell : cell + padding);
            line.append(last ? "" : GAP);
        }
        return line.toString().stripTrailing();
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
