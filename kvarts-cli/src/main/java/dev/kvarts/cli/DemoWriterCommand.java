package dev.kvarts.cli;

import dev.kvarts.api.WriteOptions;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;

/// The process that the demo kills: writes numbered entries until it dies, and prints each number
/// once its write is acknowledged.
@Command(name = DemoWriterCommand.NAME, hidden = true, description = "Used by 'kvarts demo'.")
final class DemoWriterCommand implements Callable<Integer> {
    static final String NAME = "demo-writer";
    static final String KEYSPACE = "numbered";

    /// Every so many writes one is SYNC; so the writer waits for the device now and then and
    /// otherwise runs at full speed.
    private static final int SYNC_EVERY = 64;

    private final Terminal terminal;

    @Mixin private DatabaseArguments arguments;

    @Option(names = "--first", required = true)
    private long first;

    DemoWriterCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        arguments.withoutKeyspace();
        OutputStream out = terminal.out();
        try (Session session = arguments.open()) {
            var keyspace = session.database().hashed(KEYSPACE);
            for (long number = first; ; number++) {
                var options = number % SYNC_EVERY == 0 ? WriteOptions.SYNC : WriteOptions.BUFFERED;
                keyspace.put(NumberedEntry.key(number), NumberedEntry.value(number), options);
                out.write((number + "\n").getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
        }
    }
}
