package dev.kvarts.cli;

import dev.kvarts.inspect.DatabaseLayout;
import dev.kvarts.inspect.DatabaseLayout.HashedLayout;
import dev.kvarts.inspect.DatabaseLayout.KeyspaceLayout;
import dev.kvarts.inspect.DatabaseLayout.Level;
import dev.kvarts.inspect.DatabaseLayout.OrderedLayout;
import dev.kvarts.inspect.DatabaseLayout.SortedRun;
import dev.kvarts.inspect.DatabaseLayout.TableFile;
import dev.kvarts.inspect.DatabaseLayout.ValueFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/// Draws the layout of a database as an SVG file that needs nothing but itself: the tables of every
/// sorted run where their keys are, with what they are as a tooltip.
final class LayoutSvg {
    private static final int WIDTH = 1200;
    private static final int MARGIN = 24;
    private static final int PICTURE_FROM = 150;
    private static final int PICTURE_WIDTH = 760;
    private static final int BYTES_AT = 985; // right ends of columns
    private static final int ENTRIES_AT = 1072;
    private static final int TOMBSTONES_AT = WIDTH - MARGIN;
    private static final int ROW = 24;
    private static final int LINE = 20;
    private static final int BASELINE = 16; // of a row's text
    private static final int KEY_LENGTH_MAX = 36;
    private static final int TIP_KEY_LENGTH_MAX = 120;
    private static final double DIGIT_WIDTH = 6.6;
    private static final int COLOURS = 7;

    private final StringBuilder svg = new StringBuilder();
    private final Notation keys;
    private int y = MARGIN; // where the next thing goes

    private LayoutSvg(Notation keys) {
        this.keys = keys;
    }

    static String of(String title, DatabaseLayout layout, Notation keys) {
        var drawing = new LayoutSvg(keys);
        drawing.draw(title, layout);
        return drawing.whole(title);
    }

    private String whole(String title) {
        return String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                        + " viewBox=\"0 0 %d %d\" style=\"max-width:100%%;height:auto\">%n"
                        + "<title>%s</title>%n<style>%n%s</style>%n"
                        + "<rect class=\"paper\" width=\"100%%\" height=\"100%%\"/>%n%s</svg>%n",
                WIDTH,
                y + MARGIN,
                WIDTH,
                y + MARGIN,
                xml(title),
                style(),
                svg);
    }

    private static String style() {
        try (var in = LayoutSvg.class.getResourceAsStream("layout.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void draw(String title, DatabaseLayout layout) {
        text("title", MARGIN, y + 14, title);
        y += 32;
        text(
                "soft",
                MARGIN,
                y,
                "Not shown: what is in the commit log and in memory only; the log is "
                        + Units.count(layout.logSegments(), "segment", "segments")
                        + ", "
                        + Units.bytes(layout.logBytes())
                        + ".");
        y += LINE;
        for (KeyspaceLayout keyspace : layout.keyspaces()) {
            y += LINE;
            text("name", MARGIN, y, keyspace.name());
            y += LINE;
            switch (keyspace) {
                case HashedLayout hashed -> text("soft", MARGIN, y, LayoutText.summary(hashed));
                case OrderedLayout ordered -> {
                    text("soft", MARGIN, y, LayoutText.summary(ordered));
                    y += LINE;
                    levels(ordered);
                    valueFiles(ordered.valueFiles());
                }
            }
            y += LINE / 2;
        }
        legend();
    }

    // Levels.

    private void levels(OrderedLayout keyspace) {
        if (keyspace.levels().isEmpty()) {
            return;
        }
        var axis = KeyAxis.of(keyspace.tables());
        y += LINE;
        text("key", PICTURE_FROM, y, shortened(axis.keyAt(0)));
        text("key mid", PICTURE_FROM + PICTURE_WIDTH / 2.0, y, shortened(axis.keyAt(0.5)));
        text("key end", PICTURE_FROM + PICTURE_WIDTH, y, shortened(axis.keyAt(1)));
        text("soft end", BYTES_AT, y, "bytes");
        text("soft end", ENTRIES_AT, y, "entries");
        text("soft end", TOMBSTONES_AT, y, "tombstones");
        y += 4;
        int top = y;
        y += 4;
        int band = 0;
        for (Level level : keyspace.levels()) {
            int height = level.runs().size() * ROW + 4;
            if (band++ % 2 == 0) {
                shape("band", MARGIN - 8, y, WIDTH - 2 * MARGIN + 16, height, null);
            }
            y += 2;
            text("", MARGIN, y + BASELINE, "level " + level.number());
            for (SortedRun run : level.runs()) {
                run(level, run, axis);
                y += ROW;
            }
            y += 2;
        }
        for (int i = 0; i <= 2; i++) {
            double x = PICTURE_FROM + i * PICTURE_WIDTH / 2.0;
            svg.append(
                    String.format(
                            Locale.ROOT,
                            "<path class=\"tick\" d=\"M%.1f %d v4 M%.1f %d v4\"/>%n",
                            x,
                            top,
                            x,
                            y));
        }
        y += 4;
    }

    private void run(Level level, SortedRun run, KeyAxis axis) {
        List<TableFile> tables = run.tables();
        text("soft", MARGIN + 62, y + BASELINE, "run " + run.number());
        for (TableFile table : tables) {
            double x = PICTURE_FROM + axis.start(table) * PICTURE_WIDTH;
            double end = PICTURE_FROM + axis.end(table) * PICTURE_WIDTH;
            table(level, run, table, x, Math.max(1.5, end - x));
        }
        text(
                "end",
                BYTES_AT,
                y + BASELINE,
                Units.bytes(tables.stream().mapToLong(TableFile::fileBytes).sum()));
        text(
                "end",
                ENTRIES_AT,
                y + BASELINE,
                Units.count(tables.stream().mapToLong(TableFile::entries).sum()));
        text("end", TOMBSTONES_AT, y + BASELINE, LayoutText.tombstones(tables));
    }

    private void table(Level level, SortedRun run, TableFile table, double x, double width) {
        String tip =
                "table-"
                        + table.number()
                        + "\nlevel "
                        + level.number()
                        + ", run "
                        + run.number()
                        + "\n"
                        + Units.bytes(table.fileBytes())
                        + ", "
                        + Units.count(table.entries(), "entry", "entries")
                        + "\ntombstones: "
                        + LayoutText.tombstones(List.of(table))
                        + "\nsequences "
                        + table.sequenceMin()
                        + " .. "
                        + table.sequenceMax()
                        + "\nfrom "
                        + cut(table.firstKey())
                        + "\nto "
                        + (table.lastKey() == null ? "the end" : cut(table.lastKey()));
        String colour = "l" + Math.min(level.number(), COLOURS - 1);
        shape("table " + colour, x, y + 2, width, ROW - 4, tip);
        double share = table.entries() == 0 ? 1 : (double) table.tombstones() / table.entries();
        if (share * width >= 1) {
            shape("dead", x, y + ROW - 6, Math.min(1, share) * width, 4, null);
        }
        String number = Long.toString(table.number());
        String longer = number + " · " + Units.bytes(table.fileBytes());
        String label = fits(longer, width) ? longer : fits(number, width) ? number : "";
        if (!label.isEmpty()) {
            text("label", x + width / 2, y + BASELINE - 2, label);
        }
    }

    private static boolean fits(String label, double width) {
        return label.length() * DIGIT_WIDTH + 6 <= width;
    }

    // Value files.

    private void valueFiles(List<ValueFile> files) {
        if (files.isEmpty()) {
            return;
        }
        y += LINE;
        text("soft end", BYTES_AT, y, "bytes");
        text("soft end", ENTRIES_AT, y, "values");
        text("soft end", TOMBSTONES_AT, y, "live");
        y += 6;
        long largest = files.stream().mapToLong(ValueFile::fileBytes).max().orElse(1);
        List<ValueFile> shown = LayoutText.worst(files);
        for (ValueFile file : shown) {
            valueFile(file, largest);
            y += ROW - 4;
        }
        if (shown.size() < files.size()) {
            text(
                    "soft",
                    PICTURE_FROM,
                    y + BASELINE,
                    "and "
                            + Units.count(files.size() - shown.size())
                            + " more, none with more garbage");
            y += ROW;
        }
    }

    private void valueFile(ValueFile file, long largest) {
        text("soft", MARGIN, y + BASELINE - 2, "values-" + file.number());
        double width = Math.max(2, (double) PICTURE_WIDTH * file.fileBytes() / largest);
        String tip =
                "values-"
                        + file.number()
                        + "\n"
                        + Units.bytes(file.fileBytes())
                        + ", "
                        + Units.count(file.records(), "value", "values")
                        + "\n"
                        + LayoutText.percent(file.liveShare())
                        + " live, "
                        + Units.bytes(file.garbageBytes())
                        + " garbage";
        double live = width * file.liveShare();
        shape("bar garbage", PICTURE_FROM, y + 3, width, ROW - 10, tip);
        if (live > 0) {
            shape("bar live", PICTURE_FROM, y + 3, live, ROW - 10, tip);
        }
        text("end", BYTES_AT, y + BASELINE - 2, Units.bytes(file.fileBytes()));
        text("end", ENTRIES_AT, y + BASELINE - 2, Units.count(file.records()));
        text("end", TOMBSTONES_AT, y + BASELINE - 2, LayoutText.percent(file.liveShare()));
    }

    private void legend() {
        y += LINE;
        shape("swatch", MARGIN, y - 6, 18, 14, null);
        shape("dead", MARGIN, y + 4, 12, 4, null);
        text("soft", MARGIN + 26, y + 7, "share of tombstones among a table's entries");
        shape("live", MARGIN + 310, y - 2, 18, 10, null);
        shape("garbage", MARGIN + 328, y - 2, 12, 10, null);
        text("soft", MARGIN + 348, y + 7, "values that tables point to, and garbage");
        text(
                "soft end",
                TOMBSTONES_AT,
                y + 7,
                "Every stretch of the axis is as long as the bytes of the tables in it.");
        y += LINE;
    }

    // Elements.

    private void shape(
            String style, double x, double top, double width, double height, String tip) {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
                        style,
                        x,
                        top,
                        width,
                        height));
        svg.append(tip == null ? "/>" : "><title>" + xml(tip) + "</title></rect>").append('\n');
    }

    private void text(String style, double x, double baseline, String text) {
        svg.append(
                String.format(
                        Locale.ROOT,
                        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>%n",
                        style,
                        x,
                        baseline,
                        xml(text)));
    }

    private String shortened(byte[] key) {
        return LayoutText.shortened(keys.format(key), KEY_LENGTH_MAX);
    }

    private String cut(byte[] key) {
        return LayoutText.shortened(keys.format(key), TIP_KEY_LENGTH_MAX);
    }

    /// Text as it stands in XML, which knows some characters not even escaped.
    private static String xml(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace('\uFFFE', '\uFFFD')
                .replace('\uFFFF', '\uFFFD');
    }
}
