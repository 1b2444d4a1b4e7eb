package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.inspect.DatabaseLayout;
import dev.kvarts.inspect.DatabaseLayout.Level;
import dev.kvarts.inspect.DatabaseLayout.OrderedLayout;
import dev.kvarts.inspect.DatabaseLayout.SortedRun;
import dev.kvarts.inspect.DatabaseLayout.TableFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;

/// How layouts are drawn, with characters and as SVG.
final class LayoutDrawingTest {
    private static String drawn(DatabaseLayout layout, int width, boolean listed)
            throws IOException {
        var out = new ByteArrayOutputStream();
        var terminal =
                new Terminal(
                        new ByteArrayInputStream(new byte[0]),
                        out,
                        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                        false,
                        false,
                        false);
        new LayoutText(terminal, Notation.TEXT, width, listed).print(layout);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static DatabaseLayout only(List<Level> levels) {
        return new DatabaseLayout(
                1,
                0,
                List.of(new OrderedLayout("k", KeyspaceOptions.defaults(), levels, List.of())));
    }

    private static Level level(int number, TableFile... tables) {
        return new Level(number, List.of(new SortedRun(1, List.of(tables))));
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 100, 137, 200})
    void noLineIsWiderThanTheTerminal(int width) throws IOException {
        for (int tables : new int[] {1, 12, 150, 3_000}) {
            drawn(LayoutSamples.database(tables), width, false)
                    .lines()
                    .filter(line -> !line.contains(";")) // what is said in sentences
                    .forEach(
                            line ->
                                    assertTrue(
                                            line.codePointCount(0, line.length()) <= width, line));
        }
    }

    @Test
    void tablesStandWhereTheirKeysAre() throws IOException {
        List<String> lines = drawn(LayoutSamples.database(10), 160, false).lines().toList();
        String old = lines.stream().filter(line -> line.contains("104")).findFirst().orElseThrow();
        String young =
                lines.stream().filter(line -> line.contains(" 20 ·")).findFirst().orElseThrow();
        // user250000 is in the middle of table 102, user600000 where 106 begins.
        assertTrue(young.indexOf('├') > old.indexOf("102") - 8, young);
        assertTrue(young.indexOf('├') < old.indexOf("103"), young);
        assertTrue(young.indexOf('┤') < old.indexOf("106"), young);
        assertTrue(young.indexOf('┤') > old.indexOf("104"), young);
    }

    @Test
    void everyNumberOfAWideTableIsShown() throws IOException {
        String out = drawn(LayoutSamples.database(4), 200, false);
        for (String number : new String[] {"15", "16", "17", "18", "20", "21", "100", "103"}) {
            assertTrue(out.contains(number + " · "), number + "\n" + out);
        }
    }

    @Test
    void tablesOfManyTombstonesAreDashedAndExplained() throws IOException {
        String out = drawn(LayoutSamples.database(4), 160, false);
        assertTrue(out.contains("╌ 20 · 2.5 MiB ╌"), out);
        assertTrue(out.contains("60 %, 1 range"), out);
        assertTrue(out.contains("├╌┤  25 % or more of the entries are tombstones"), out);
        var few = only(List.of(level(0, LayoutSamples.table(1, 1, 10, "a", "b"))));
        assertFalse(drawn(few, 100, false).contains("╌"));
    }

    @Test
    void tablesThatShareAColumnAreExplained() throws IOException {
        assertTrue(drawn(LayoutSamples.database(500), 80, false).contains("┃  several tables"));
        assertFalse(drawn(LayoutSamples.database(4), 160, false).contains("┃"));
    }

    @Test
    void tableWithoutAnEndReachesTheRightEdge() throws IOException {
        var layout =
                only(
                        List.of(
                                level(0, LayoutSamples.table(2, 1, 0, "m", null)),
                                level(1, LayoutSamples.table(1, 1, 0, "a", "z"))));
        List<String> lines = drawn(layout, 100, false).lines().toList();
        String young =
                lines.stream().filter(line -> line.contains("2 · ")).findFirst().orElseThrow();
        String old = lines.stream().filter(line -> line.contains("1 · ")).findFirst().orElseThrow();
        assertEquals(old.indexOf('┤'), young.indexOf('┤'));
        assertTrue(young.indexOf('├') > old.indexOf('├'));
    }

    @Test
    void dividersSayWhereTheBytesOfATableAre() throws IOException {
        // Nine tenths of the old table are from x on; the young one ends there.
        TableFile even = LayoutSamples.table(1, 100, 0, "a", "z");
        List<byte[]> dividers = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            dividers.add(LayoutSamples.key("x" + i));
        }
        var old =
                new TableFile(
                        1,
                        even.fileBytes(),
                        even.entries(),
                        0,
                        0,
                        1,
                        2,
                        even.firstKey(),
                        even.lastKey(),
                        dividers,
                        even.oldest(),
                        even.newest());
        TableFile young = LayoutSamples.table(2, 0.01, 0, "a", "x0");
        var axis = KeyAxis.of(List.of(old, young));
        assertEquals(0.1, axis.end(young), 0.01);
        assertEquals(1, axis.end(old), 1e-9);
        assertTrue(KeyAxis.of(List.of(even, young)).end(young) > 0.5, "evenly, x is behind a");
    }

    @Test
    void oddKeyspacesAreDrawn() throws IOException {
        assertTrue(drawn(only(List.of()), 80, true).contains("ordered, unified; 0 tables\n"));
        var single = only(List.of(level(0, LayoutSamples.table(1, 1, 0, "a", "a"))));
        assertTrue(drawn(single, 80, true).contains("1 · 1.0 MiB"));
        var singles =
                only(
                        List.of(
                                level(
                                        0,
                                        LayoutSamples.table(1, 1, 0, "a", "a"),
                                        LayoutSamples.table(2, 1, 0, "b", "b"),
                                        LayoutSamples.table(3, 1, 0, "c", "c"))));
        assertTrue(drawn(singles, 80, true).contains("│"));
        var close =
                only(
                        List.of(
                                level(
                                        0,
                                        LayoutSamples.table(1, 1, 0, "a", "a\0"),
                                        LayoutSamples.table(2, 1, 0, "a\0\0", "a\0\0\0"))));
        assertTrue(drawn(close, 80, true).contains("├"));
        for (var layout : List.of(only(List.of()), single, singles, close)) {
            LayoutSvg.of("odd", layout, Notation.TEXT);
        }
    }

    @Test
    void svgIsXmlThatNeedsNothingElseAndTellsWhatEveryTableIs() throws Exception {
        var odd =
                only(
                        List.of(
                                level(
                                        0,
                                        LayoutSamples.table(
                                                7, 1, 0, "<a & \"b\">\u0001", "z\uFFFF"))));
        for (DatabaseLayout layout : List.of(LayoutSamples.database(40), odd)) {
            String svg = LayoutSvg.of("a <title> & more", layout, Notation.TEXT);
            var factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            var document =
                    factory.newDocumentBuilder()
                            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
            int tables = 0;
            var rectangles = document.getElementsByTagName("rect");
            for (int i = 0; i < rectangles.getLength(); i++) {
                var rectangle = rectangles.item(i);
                var style = rectangle.getAttributes().getNamedItem("class").getNodeValue();
                if (style.startsWith("table ")) {
                    tables++;
                    String tip = rectangle.getTextContent();
                    assertTrue(tip.matches("(?s)table-\\d+\nlevel .*entr.*\nfrom .*\nto .*"), tip);
                }
            }
            var ordered = (OrderedLayout) layout.keyspaces().getLast();
            assertEquals(ordered.tables().size(), tables);
            assertEquals(1, svg.split("http", -1).length - 1, "only the name of the namespace");
        }
    }
}
