package dev.kvarts.cli;

import dev.kvarts.inspect.DatabaseLayout;
import dev.kvarts.inspect.DatabaseLayout.HashedLayout;
import dev.kvarts.inspect.DatabaseLayout.KeyspaceLayout;
import dev.kvarts.inspect.DatabaseLayout.Level;
import dev.kvarts.inspect.DatabaseLayout.OrderedLayout;
import dev.kvarts.inspect.DatabaseLayout.RunFile;
import dev.kvarts.inspect.DatabaseLayout.SortedRun;
import dev.kvarts.inspect.DatabaseLayout.TableFile;
import dev.kvarts.inspect.DatabaseLayout.ValueFile;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// Draws the layout of a database with characters: one line per sorted run, its tables where their
/// keys are.
final class LayoutText {
    static final int WIDTH_MIN = 60;

    private static final int VALUE_FILES_MAX = 12;
    private static final int PICTURE_MIN = 16;
    private static final int BAR_MAX = 60;
    private static final double MANY_TOMBSTONES = 0.25; // of a table's entries

    private static final char SEVERAL = '┃';
    private static final char ONE = '│';

    private final Terminal terminal;
    private final Notation keys;
    private final int width;
    private final boolean listed;
    private boolean several; // whether tables had to share a column
    private boolean dashed; // whether there was a table of many tombstones

    /// @param width columns
    /// @param listed whether tables are listed, too
    LayoutText(Terminal terminal, Notation keys, int width, boolean listed) {
        this.terminal = terminal;
        this.keys = keys;
        this.width = Math.max(width, WIDTH_MIN);
        this.listed = listed;
    }

    void print(DatabaseLayout layout) throws IOException {
        for (KeyspaceLayout keyspace : layout.keyspaces()) {
            switch (keyspace) {
                case HashedLayout hashed -> print(hashed);
                case OrderedLayout ordered -> print(ordered);
            }
        }
        legend(layout);
    }

    private void legend(DatabaseLayout layout) throws IOException {
        if (several) {
            terminal.print(SEVERAL + "  several tables");
        }
        if (dashed) {
            terminal.print(
                    "├╌┤  "
                            + Math.round(100 * MANY_TOMBSTONES)
                            + " % or more of the entries are tombstones");
        }
        terminal.print(
                "Not shown: what is in the commit log and in memory only; the log is "
                        + Units.count(layout.logSegments(), "segment", "segments")
                        + ", "
                        + Units.bytes(layout.logBytes())
                        + ".");
    }

    // Hashed keyspaces.

    private void print(HashedLayout keyspace) throws IOException {
        terminal.print(terminal.bold(keyspace.name()) + "  " + summary(keyspace));
        terminal.print("");
    }

    static String summary(HashedLayout keyspace) {
        long records = keyspace.runs().stream().mapToLong(RunFile::records).sum();
        long tombstones = keyspace.runs().stream().mapToLong(RunFile::tombstones).sum();
        return "hashed; "
                + Units.count(keyspace.runs().size(), "run", "runs")
                + ", "
                + Units.bytes(keyspace.fileBytes())
                + ", "
                + Units.count(records, "record", "records")
                + (tombstones == 0
                        ? ""
                        : ", " + Units.count(tombstones, "tombstone", "tombstones") + " of them");
    }

    // Ordered keyspaces.

    private void print(OrderedLayout keyspace) throws IOException {
        terminal.print(terminal.bold(keyspace.name()) + "  " + summary(keyspace));
        terminal.print("");
        if (!keyspace.levels().isEmpty()) {
            printLevels(keyspace);
            terminal.print("");
        }
        if (listed && !keyspace.levels().isEmpty()) {
            printTables(keyspace);
            terminal.print("");
        }
        if (!keyspace.valueFiles().isEmpty()) {
            printValueFiles(keyspace.valueFiles());
            terminal.print("");
        }
    }

    static String summary(OrderedLayout keyspace) {
        List<TableFile> tables = keyspace.tables();
        int runs = keyspace.levels().stream().mapToInt(level -> level.runs().size()).sum();
        var text = new StringBuilder("ordered, ");
        text.append(StrategyConverter.nameOf(keyspace.options().compaction()));
        String codec = keyspace.options().codec();
        if (!codec.equals(CodecConverter.NAMES.getFirst())) {
            text.append(", ").append(codec);
        }
        text.append("; ");
        text.append(Units.count(tables.size(), "table", "tables"));
        if (!tables.isEmpty()) {
            text.append(", ").append(Units.bytes(keyspace.tableBytes())).append(", in ");
            text.append(Units.count(runs, "run", "runs")).append(" on ");
            text.append(Units.count(keyspace.levels().size(), "level", "levels"));
        }
        int files = keyspace.valueFiles().size();
        if (files > 0) {
            text.append("; ").append(Units.count(files, "value file", "value files"));
            text.append(", ").append(Units.bytes(keyspace.valueBytes()));
            text.append(", ").append(percent(garbage(keyspace.valueFiles()))).append(" garbage");
        }
        return text.toString();
    }

    /// Share of the bytes of value files that nothing points to.
    static double garbage(List<ValueFile> files) {
        long all = files.stream().mapToLong(ValueFile::fileBytes).sum();
        return all == 0
                ? 0
                : (double) files.stream().mapToLong(ValueFile::garbageBytes).sum() / all;
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    private void printLevels(OrderedLayout keyspace) throws IOException {
        var columns =
                new Table(">level", ">run", "", ">tables", ">bytes", ">entries", ">tombstones");
        for (Level level : keyspace.levels()) {
            boolean first = true;
            for (SortedRun run : level.runs()) {
                List<TableFile> tables = run.tables();
                columns.row(
                        first ? level.number() : "",
                        run.number(),
                        "",
                        Units.count(tables.size()),
                        Units.bytes(tables.stream().mapToLong(TableFile::fileBytes).sum()),
                        Units.count(tables.stream().mapToLong(TableFile::entries).sum()),
                        tombstones(tables));
                first = false;
            }
        }
        int room = Math.max(PICTURE_MIN, width - columns.width());
        var axis = KeyAxis.of(keyspace.tables());
        columns.title(2, scale(axis, room));
        int row = 0;
        for (Level level : keyspace.levels()) {
            for (SortedRun run : level.runs()) {
                columns.set(row++, 2, picture(run, axis, room));
            }
        }
        columns.print(terminal, "");
    }

    private void printTables(OrderedLayout keyspace) throws IOException {
        var columns =
                new Table(
                        ">table",
                        ">level",
                        ">run",
                        ">bytes",
                        ">entries",
                        ">tombstones",
                        "first key",
                        "last key");
        for (Level level : keyspace.levels()) {
            for (SortedRun run : level.runs()) {
                for (TableFile table : run.tables()) {
                    columns.row(
                            table.number(),
                            level.number(),
                            run.number(),
                            Units.bytes(table.fileBytes()),
                            Units.count(table.entries()),
                            tombstones(List.of(table)),
                            keys.format(table.firstKey()),
                            table.lastKey() == null ? "" : keys.format(table.lastKey()));
                }
            }
        }
        columns.print(terminal, "");
    }

    /// `12 %, 3 ranges`: the share of single tombstones among the entries, and range tombstones.
    static String tombstones(List<TableFile> tables) {
        long entries = tables.stream().mapToLong(TableFile::entries).sum();
        long single = tables.stream().mapToLong(TableFile::tombstones).sum();
        long ranges = tables.stream().mapToLong(TableFile::rangeTombstones).sum();
        String share = single == 0 ? "0" : percent((double) single / entries);
        if (ranges == 0) {
            return share;
        }
        return (single == 0 ? "" : share + ", ") + Units.count(ranges, "range", "ranges");
    }

    /// Keys at the left end, in the middle and at the right end, as far as there is room.
    private String scale(KeyAxis axis, int room) {
        int each = (room - 2) / 3;
        String left = shortened(keys.format(axis.keyAt(0)), each);
        String middle = shortened(keys.format(axis.keyAt(0.5)), each);
        String right = shortened(keys.format(axis.keyAt(1)), each);
        int between = room - length(left) - length(middle) - length(right);
        int centred = (room - length(middle)) / 2 - length(left);
        int before = Math.clamp(centred, 1, Math.max(1, between - 1));
        return left + " ".repeat(before) + middle + " ".repeat(between - before) + right;
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /// Cut off, with an ellipsis, if it is longer than that.
    static String shortened(String text, int lengthMax) {
        return length(text) <= lengthMax
                ? text
                : text.substring(0, text.offsetByCodePoints(0, lengthMax - 1)) + "…";
    }

    private String picture(SortedRun run, KeyAxis axis, int room) {
        char[] cells = new char[room];
        Arrays.fill(cells, ' ');
        for (TableFile table : run.tables()) {
            int from = Math.min(room - 1, (int) Math.round(axis.start(table) * room));
            int to = Math.max(from + 1, (int) Math.round(axis.end(table) * room));
            draw(table, cells, from, Math.min(room, to));
        }
        return new String(cells);
    }

    private void draw(TableFile table, char[] cells, int from, int to) {
        if (to - from == 1) {
            boolean taken = cells[from] != ' ';
            several |= taken;
            cells[from] = taken ? SEVERAL : ONE;
            return;
        }
        boolean shared = cells[from] != ' ';
        several |= shared;
        boolean many = table.tombstones() >= MANY_TOMBSTONES * Math.max(1, table.entries());
        dashed |= many && to - from > 2;
        Arrays.fill(cells, from + 1, to - 1, many ? '╌' : '─');
        cells[from] = shared ? SEVERAL : '├';
        cells[to - 1] = '┤';
        String number = Long.toString(table.number());
        String more = " " + number + " · " + Units.bytes(table.fileBytes()) + " ";
        int inside = to - from - 2;
        String label = more.length() + 4 <= inside ? more : number.length() <= inside ? number : "";
        label.getChars(0, label.length(), cells, from + 1 + (inside - label.length()) / 2);
    }

    // Value files.

    private void printValueFiles(List<ValueFile> files) throws IOException {
        long largest = files.stream().mapToLong(ValueFile::fileBytes).max().orElse(0);
        var columns = new Table(">value file", "", ">bytes", ">values", ">live");
        List<ValueFile> shown = worst(files);
        for (ValueFile file : shown) {
            columns.row(
                    file.number(),
                    "",
                    Units.bytes(file.fileBytes()),
                    Units.count(file.records()),
                    percent(file.liveShare()));
        }
        int room = Math.clamp(width - columns.width(), PICTURE_MIN, BAR_MAX);
        for (int i = 0; i < shown.size(); i++) {
            columns.set(i, 1, bar(shown.get(i), largest, room));
        }
        columns.print(terminal, "");
        int more = files.size() - shown.size();
        if (more > 0) {
            terminal.print("... and " + Units.count(more) + " more, none with more garbage");
        }
    }

    /// Those with the most garbage, in the order of their numbers; all if they are not too many.
    static List<ValueFile> worst(List<ValueFile> files) {
        return files.stream()
                .sorted(Comparator.comparingLong(ValueFile::garbageBytes).reversed())
                .limit(VALUE_FILES_MAX)
                .sorted(Comparator.comparingLong(ValueFile::number))
                .toList();
    }

    private static String bar(ValueFile file, long largest, int room) {
        int all = Math.max(1, (int) Math.round((double) room * file.fileBytes() / largest));
        int live = (int) Math.round(all * file.liveShare());
        String bar = "█".repeat(live) + "░".repeat(all - live);
        return bar + " ".repeat(room - all);
    }
}
