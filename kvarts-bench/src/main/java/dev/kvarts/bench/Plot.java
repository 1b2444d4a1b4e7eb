package dev.kvarts.bench;

import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;

/// One figure as SVG: a panel per workload, in it a bar per store with its number and a whisker
/// from the least round to the best.
///
/// Each panel has a scale of its own that begins at zero: stores are compared within a workload,
/// and a bar that is twice as long means twice as much. Written by hand because it is a page of
/// code, stays text that can be searched and weighs a hundredth of what charting libraries make of
/// it.
final class Plot {
    private static final int COLUMNS = 3;
    private static final int PANEL_WIDTH = 360;
    private static final int PANEL_GAP = 20;
    private static final int LABEL_WIDTH = 104;
    private static final int NUMBER_WIDTH = 62;
    private static final int HEAD_HEIGHT = 30;
    private static final int ROW_HEIGHT = 22;
    private static final int BAR_HEIGHT = 14;
    private static final int FOOT_HEIGHT = 18;

    private final Figure figure;
    private final BiFunction<StoreKind, Workload, Spread> spread;
    private final Formatter svg = new Formatter(Locale.ROOT);

    private Plot(Figure figure, BiFunction<StoreKind, Workload, Spread> spread) {
        this.figure = figure;
        this.spread = spread;
    }

    /// @param spread what to show of a store; a workload that no store knows gets no panel
    static String svg(
            Figure figure,
            List<Workload> workloads,
            List<StoreKind> stores,
            BiFunction<StoreKind, Workload, Spread> spread) {
        var plot = new Plot(figure, spread);
        List<Workload> known =
                workloads.stream().filter(workload -> plot.largest(workload, stores) > 0).toList();
        if (known.isEmpty()) {
            return "";
        }
        int panelHeight = HEAD_HEIGHT + ROW_HEIGHT * stores.size() + FOOT_HEIGHT;
        int rows = (known.size() + COLUMNS - 1) / COLUMNS;
        int width = COLUMNS * (PANEL_WIDTH + PANEL_GAP) - PANEL_GAP;
        plot.svg.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                        + " font-family=\"system-ui, DejaVu Sans, sans-serif\" font-size=\"12\">%n",
                width, rows * panelHeight);
        for (int i = 0; i < known.size(); i++) {
            plot.panel(
                    known.get(i),
                    stores,
                    i % COLUMNS * (PANEL_WIDTH + PANEL_GAP),
                    i / COLUMNS * panelHeight);
        }
        plot.svg.format("</svg>%n");
        return plot.svg.toString();
    }

    private double largest(Workload workload, List<StoreKind> stores) {
        return stores.stream()
                .map(store -> spread.apply(store, workload))
                .filter(Spread::known)
                .mapToDouble(Spread::max)
                .max()
                .orElse(0);
    }

    private void panel(Workload workload, List<StoreKind> stores, int left, int top) {
        double scale = (PANEL_WIDTH - LABEL_WIDTH - NUMBER_WIDTH) / largest(workload, stores);
        svg.format(
                "<text x=\"%d\" y=\"%d\" font-weight=\"600\" font-size=\"14\""
                        + " fill=\"#333a45\">%s</text>%n",
                left, top + 18, workload.label());
        int bottom = top + HEAD_HEIGHT + ROW_HEIGHT * stores.size();
        svg.format(
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#c9ced6\"/>%n",
                left + LABEL_WIDTH, top + HEAD_HEIGHT - 2, left + LABEL_WIDTH, bottom);
        for (int i = 0; i < stores.size(); i++) {
            row(
                    stores.get(i),
                    spread.apply(stores.get(i), workload),
                    scale,
                    left,
                    top + HEAD_HEIGHT + i * ROW_HEIGHT);
        }
    }

    private void row(StoreKind store, Spread value, double scale, int left, int top) {
        int zero = left + LABEL_WIDTH;
        int middle = top + BAR_HEIGHT / 2;
        svg.format(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#5b6472\">%s</text>%n",
                zero - 6, middle + 4, store.label());
        if (!value.known()) {
            return;
        }
        svg.format(
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\""
                        + " fill=\"%s\"><title>%s %s .. %s</title></rect>%n",
                zero,
                top,
                Math.max(1, value.median() * scale),
                BAR_HEIGHT,
                color(store),
                figure.format(value.median()),
                figure.format(value.min()),
                figure.format(value.max()));
        double low = zero + value.min() * scale;
        double high = zero + value.max() * scale;
        if (high - low > 1) {
            svg.format(
                    "<path d=\"M%.1f %d V%d M%.1f %d H%.1f M%.1f %d V%d\" stroke=\"#333a45\""
                            + " fill=\"none\"/>%n",
                    low, middle - 3, middle + 3, low, middle, high, high, middle - 3, middle + 3);
        }
        svg.format(
                "<text x=\"%.1f\" y=\"%d\" fill=\"#333a45\"%s>%s</text>%n",
                high + 6,
                middle + 4,
                store.isKvarts() ? " font-weight=\"600\"" : "",
                brief(value.median()));
    }

    /// Numbers such as 195k, so that no digits have to be counted.
    private String brief(double value) {
        if (value >= 1e6) {
            return String.format(Locale.ROOT, "%.2fM", value / 1e6);
        }
        if (value >= 1e4) {
            return String.format(Locale.ROOT, "%.0fk", value / 1e3);
        }
        return figure.format(value);
    }

    /// One store has one colour everywhere.
    private static String color(StoreKind store) {
        return switch (store) {
            case KVARTS -> "#0b6e99";
            case KVARTS_ORDERED -> "#3aa3c9";
            case ROCKSDB -> "#e07a3f";
            case ROCKSDB_BLOB -> "#c9592a";
            case ROCKSDB_OPTIMISTIC -> "#a8481f";
            case ROCKSDBFFM -> "#f2b78c";
            case LMDB -> "#5b9e6f";
            case MVSTORE -> "#8e7cb8";
        };
    }
}
