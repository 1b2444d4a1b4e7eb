package dev.kvarts.cli;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.inspect.DatabaseLayout;
import dev.kvarts.inspect.DatabaseLayout.HashedLayout;
import dev.kvarts.inspect.DatabaseLayout.Level;
import dev.kvarts.inspect.DatabaseLayout.OrderedLayout;
import dev.kvarts.inspect.DatabaseLayout.RunFile;
import dev.kvarts.inspect.DatabaseLayout.SortedRun;
import dev.kvarts.inspect.DatabaseLayout.TableFile;
import dev.kvarts.inspect.DatabaseLayout.ValueFile;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Layouts that no database was needed for.
final class LayoutSamples {
    private static final long MIB = 1 << 20;

    private LayoutSamples() {}

    static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static TableFile table(long number, double mib, int tombstonePercent, String from, String to) {
        long entries = Math.round(mib * 10_000);
        return new TableFile(
                number,
                Math.round(mib * MIB),
                entries,
                entries * tombstonePercent / 100,
                tombstonePercent > 50 ? 1 : 0,
                number * 1_000,
                number * 1_000 + entries,
                key(from),
                to == null ? null : key(to),
                List.of(),
                Instant.EPOCH,
                Instant.EPOCH);
    }

    /// A tree of three levels: two young runs, one of four tables, one of `bottom` tables.
    static OrderedLayout tree(int bottom) {
        List<TableFile> last = new ArrayList<>();
        for (int i = 0; i < bottom; i++) {
            String from = "user%06d".formatted(i * 1_000_000L / bottom);
            String to = "user%06d".formatted((i + 1) * 1_000_000L / bottom - 1);
            last.add(table(100 + i, 16, 0, from, to));
        }
        return new OrderedLayout(
                "users",
                KeyspaceOptions.defaults(),
                List.of(
                        new Level(
                                0,
                                List.of(
                                        run(9, table(21, 4, 5, "user000010", "user999000")),
                                        run(8, table(20, 2.5, 60, "user250000", "user600000")))),
                        new Level(
                                1,
                                List.of(
                                        run(
                                                7,
                                                table(15, 16, 1, "user000000", "user240000"),
                                                table(16, 12, 30, "user240001", "user390000"),
                                                table(17, 16, 0, "user390100", "user800000"),
                                                table(18, 9, 2, "user800001", "user999999")))),
                        new Level(2, List.of(new SortedRun(3, last)))),
                List.of(
                        new ValueFile(5, 64 * MIB, 50_000, 60 * MIB, 12_000, 15 * MIB),
                        new ValueFile(11, 48 * MIB, 40_000, 46 * MIB, 40_000, 46 * MIB),
                        new ValueFile(19, 3 * MIB, 2_000, 2 * MIB, 0, 0)));
    }

    private static SortedRun run(long number, TableFile... tables) {
        return new SortedRun(number, List.of(tables));
    }

    static DatabaseLayout database(int bottom) {
        return new DatabaseLayout(
                2,
                128 * MIB,
                List.of(
                        new HashedLayout(
                                "photos",
                                80,
                                List.of(
                                        new RunFile(1, 64 * MIB, 100_000, 0),
                                        new RunFile(2, 60 * MIB, 90_000, 1_234))),
                        tree(bottom)));
    }
}
