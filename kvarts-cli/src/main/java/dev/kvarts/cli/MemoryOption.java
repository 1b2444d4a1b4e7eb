package dev.kvarts.cli;

import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.Options;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.time.Duration;

/// The memory of the database, for commands that are not about a keyspace.
final class MemoryOption {
    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            order = 20,
            converter = SizeConverter.class,
            description =
                    "The most memory the database uses, for example 64m or 2g (default: 512m).")
    private Long memoryBytes;

    /// Opens a database that must exist.
    Session open(Path directory) {
        return open(directory, null);
    }

    /// As above, and has it retain changes of this size; null leaves that as it is.
    Session open(Path directory, Long changesBytes) {
        Options options = Options.defaults().withCreateIfMissing(false);
        if (changesBytes != null) {
            options = options.withChanges(new ChangeRetention(changesBytes, Duration.ZERO));
        }
        return Session.open(
                directory, memoryBytes == null ? options : options.withMemory(memoryBytes));
    }
}
