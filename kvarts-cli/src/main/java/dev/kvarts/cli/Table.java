package dev.kvarts.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
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

    /// Changes the heading of a column.
    void title(int column, String text) {
        header.set(column, text);
    }

    /// Changes a cell of a row that is there.
    void set(int row, int column, String text) {
        rows.get(row).set(column, text);
    }

    /// How wide it is now.
    int width() {
        return Arrays.stream(widths()).sum() + GAP.length() * (header.size() - 1);
    }

    private int[] widths() {
        int[] widths = new int[header.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = width(header.get(i));
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        return widths;
    }

    void print(Terminal terminal, String indent) throws IOException {
        int[] widths = widths();
        if (header.stream().anyMatch(each -> !each.isEmpty())) {
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
