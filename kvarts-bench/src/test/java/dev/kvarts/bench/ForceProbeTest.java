package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class ForceProbeTest {
    @TempDir Path directory;

    @Test
    void bothWaysAreTriedAndNothingIsLeftBehind() throws IOException {
        var probe = new ForceProbe(directory, 1_000, 1);
        probe.run();
        probe.run();
        assertTrue(probe.mappedPerSecond() > 0);
        assertTrue(probe.channelPerSecond() > 0);
        try (var files = Files.list(directory)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void withoutTimeThereIsNoAnswer() {
        var probe = new ForceProbe(directory, 1_000, 0);
        probe.run();
        assertTrue(Double.isNaN(probe.mappedPerSecond()));
        assertTrue(Double.isNaN(probe.channelPerSecond()));
    }
}
