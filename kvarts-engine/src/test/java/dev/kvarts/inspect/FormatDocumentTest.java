package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.bytes.Layout;
import dev.kvarts.db.BackupFormat;
import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.hash.IndexFormat;
import dev.kvarts.hash.RunFormat;
import dev.kvarts.log.ChangeFormat;
import dev.kvarts.log.LogFormat;
import dev.kvarts.log.RetentionFile;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.table.BlockFormat;
import dev.kvarts.table.TableFormat;
import dev.kvarts.vlog.ValueFileFormat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// docs/FORMAT.md says what the files are: its dumps are bytes of the golden files, its tables
/// those of the format classes.
final class FormatDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/FORMAT.md");
    private static final String DUMP = "```hexdump ";
    private static final Pattern DUMP_LINE =
            Pattern.compile("([0-9a-f]{8})  ([0-9a-f]{2}(?: [0-9a-f]{2}){0,15})(?:  .*)?");
    private static final Pattern TABLE_LINE =
            Pattern.compile("\\| +(\\d+) \\| +(\\d+) \\| ([a-z ]+?) +\\|.*");

    private static final Map<String, Layout> TABLES =
            Map.ofEntries(
                    Map.entry("Segment header", LogFormat.HEADER),
                    Map.entry("Record", LogFormat.RECORD),
                    Map.entry("Run header", RunFormat.HEADER),
                    Map.entry("Page", RunFormat.PAGE),
                    Map.entry("Trailer", RunFormat.TRAILER),
                    Map.entry("Expiry of a file", ExpiryTimes.LAYOUT),
                    Map.entry("Checkpoint header", IndexFormat.HEADER),
                    Map.entry("Run table", IndexFormat.RUN_ENTRY),
                    Map.entry("Partition table", IndexFormat.PARTITION_ENTRY),
                    Map.entry("Table header", TableFormat.HEADER),
                    Map.entry("Stored block", BlockFormat.STORED),
                    Map.entry("Image of a block", BlockFormat.IMAGE),
                    Map.entry("Index entry", TableFormat.INDEX_ENTRY),
                    Map.entry("Range tombstone", TableFormat.RANGE_TOMBSTONE),
                    Map.entry("Value file of a table", TableFormat.VALUE_FILE),
                    Map.entry("Table trailer", TableFormat.TRAILER),
                    Map.entry("Value file header", ValueFileFormat.HEADER),
                    Map.entry("Value record", ValueFileFormat.RECORD),
                    Map.entry("Value file footer", ValueFileFormat.FOOTER),
                    Map.entry("Manifest header", ManifestFormat.HEADER),
                    Map.entry("Log end", ManifestFormat.LOG_END),
                    Map.entry("Keyspace, before its name", ManifestFormat.KEYSPACE),
                    Map.entry("Behind the log ends", ManifestFormat.KEYSPACES),
                    Map.entry("Options of a keyspace", ManifestFormat.OPTIONS),
                    Map.entry("Hashed keyspace, behind its options", ManifestFormat.HASHED_REST),
                    Map.entry(
                            "Hashed keyspace of versions 1 and 2, behind its name",
                            ManifestFormat.HASHED_REST_2),
                    Map.entry("Run of a keyspace", ManifestFormat.RUN),
                    Map.entry("Ordered keyspace, behind its options", ManifestFormat.ORDERED_REST),
                    Map.entry(
                            "Ordered keyspace of version 2, behind its name",
                            ManifestFormat.ORDERED_REST_2),
                    Map.entry("Table of a keyspace", ManifestFormat.TABLE),
                    Map.entry("Value file of a keyspace", ManifestFormat.VALUE_FILE),
                    Map.entry("Past changes header", ChangeFormat.HEADER),
                    Map.entry("Block of past changes", ChangeFormat.BLOCK),
                    Map.entry("Record of past changes", ChangeFormat.RECORD),
                    Map.entry("Past changes footer", ChangeFormat.FOOTER),
                    Map.entry("Retention", RetentionFile.CONTENT),
                    Map.entry("Backup header", BackupFormat.HEADER),
                    Map.entry("File of a backup", BackupFormat.BACKED_UP));

    @Test
    void everyDumpIsTheBytesOfAGoldenFile() throws IOException {
        var kinds = new TreeSet<String>();
        byte[] bytes = null;
        for (String line : Files.readAllLines(DOCUMENT)) {
            if (line.startsWith(DUMP)) {
                String name = line.substring(DUMP.length());
                bytes = Files.readAllBytes(golden(name));
                kinds.add(name.replaceFirst("-.*", ""));
            } else if (line.startsWith("```")) {
                bytes = null;
            } else if (bytes != null && !line.equals("...")) {
                Matcher match = DUMP_LINE.matcher(line);
                assertTrue(match.matches(), line);
                int from = Integer.parseInt(match.group(1), 16);
                int count = (match.group(2).length() + 1) / 3;
                String there = HexFormat.ofDelimiter(" ").formatHex(bytes, from, from + count);
                assertEquals(there, match.group(2), line);
            }
        }
        assertEquals(
                List.of("index", "lock", "log", "manifest", "run", "table", "values"),
                List.copyOf(kinds));
    }

    /// Of the first golden database, by itself in a directory of its kind, or of the second.
    private static Path golden(String name) {
        Path first = GoldenDatabase.FILES.resolve(name);
        Path alone = first.resolveSibling(Path.of("..", name.replaceFirst("-.*", ""), name));
        return Stream.of(first, alone, GoldenTree.FILES.resolve(name))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyTableIsThatOfItsFormat() throws IOException {
        for (Map.Entry<String, Layout> table : TABLES.entrySet()) {
            var expected = new ArrayList<String>();
            for (Layout.Field field : table.getValue().fields()) {
                expected.add(field.offset() + " " + field.size() + " " + field.name());
            }
            assertEquals(expected, rowsUnder(table.getKey()), table.getKey());
        }
    }

    /// The rows of the table under a heading that have an offset and a size.
    private static List<String> rowsUnder(String heading) throws IOException {
        var rows = new ArrayList<String>();
        boolean here = false;
        for (String line : Files.readAllLines(DOCUMENT)) {
            if (line.startsWith("#")) {
                here = line.equals("### " + heading);
            }
            Matcher match = TABLE_LINE.matcher(line);
            if (here && match.matches()) {
                rows.add(match.group(1) + " " + match.group(2) + " " + match.group(3));
            }
        }
        return rows;
    }

    @Test
    void layoutsAreAsLongAsTheFormatsSay() {
        assertEquals(LogFormat.HEADER_SIZE, LogFormat.HEADER.size());
        assertEquals(LogFormat.RECORD_HEADER_SIZE, LogFormat.RECORD.size());
        assertEquals(RunFormat.PAGE_SIZE, RunFormat.HEADER.size());
        assertEquals(RunFormat.PAGE_HEADER_SIZE, RunFormat.PAGE.size());
        assertEquals(RunFormat.TRAILER_SIZE, RunFormat.TRAILER.size());
        assertEquals(IndexFormat.HEADER_SIZE, IndexFormat.HEADER.size());
        assertEquals(IndexFormat.RUN_ENTRY_SIZE, IndexFormat.RUN_ENTRY.size());
        assertEquals(IndexFormat.PARTITION_ENTRY_SIZE, IndexFormat.PARTITION_ENTRY.size());
    }
}
