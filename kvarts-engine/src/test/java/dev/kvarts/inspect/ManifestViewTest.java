package dev.kvarts.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A manifest is described for people: options in words, what is not set left out.
final class ManifestViewTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    private static List<String> units(Path file) throws IOException {
        FileReport report = Inspector.inspect(file, Integer.MAX_VALUE);
        assertEquals(List.of(), report.problems());
        return report.units().stream().map(FileReport.Unit::description).toList();
    }

    @Test
    void optionsAreToldInWords() throws IOException {
        List<String> units = units(GOLDEN.resolve("manifest/manifest-3"));
        assertEquals(
                "keyspace 1 \"users\", hashed, utilisation 75 %, compaction unified, window"
                    + " 86400000 ms, values apart from 1024 bytes on, blocks of 4096 bytes, codec"
                    + " \"none\", ttl PT1H, parts gathered for 5000 ms, retention PT720H, quota"
                    + " 10000000 bytes, quota 50000 entries, merges by \"add\", write token: salt"
                    + " a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
                units.get(2));
        assertEquals(
                "files of keyspace 1, partition bits 3, flushed 359, checkpoint 5,"
                        + " checkpoint run 3, runs 1",
                units.get(3));
        assertEquals(
                "keyspace 2 \"events\", ordered, utilisation 80 %, compaction time-window, window"
                    + " 21600000 ms, values apart from 1024 bytes on, blocks of 4096 bytes, codec"
                    + " \"lz4\", parts gathered for 1500 ms, history PT168H",
                units.get(5));
        assertEquals("files of keyspace 2, flushed 400, tables 1, value files 1", units.get(6));
    }

    @Test
    void manifestsOfOlderVersionsAreDescribedToo() throws IOException {
        assertEquals(
                "keyspace 1 \"users\", hashed, utilisation 80, partition bits 3, flushed 359,"
                        + " checkpoint 5, checkpoint run 3, runs 2",
                units(GOLDEN.resolve("v1/manifest")).get(2));
        List<String> second = units(GOLDEN.resolve("v2/manifest"));
        assertEquals(
                1,
                second.stream().filter(unit -> unit.endsWith(", codec \"lz4\"")).count(),
                second::toString);
    }
}
