package dev.kvarts.bench.loops;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A folder among the temporary files (`java.io.tmpdir`), deleted when it is closed, with what is
/// in it.
record TemporaryFolder(Path path) implements AutoCloseable {
    static TemporaryFolder create() throws IOException {
        return new TemporaryFolder(Files.createTempDirectory("kvarts-loops-"));
    }

    @Override
    public void close() throws IOException {
        List<Path> files;
        try (var listed = Files.list(path)) {
            files = listed.toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(path);
    }
}
