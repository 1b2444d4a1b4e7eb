package dev.kvarts.cli;

import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.WriteBatch;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;

/// The process that the demo kills: writes numbered entries until it dies, each to two keyspaces at
/// once, and prints each number once its batch is acknowledged.
@Command(name = DemoWriterCommand.NAME, hidden = true, description = "Used by 'kvarts demo'.")
final class DemoWriterCommand implements Callable<Integer> {
    static final String NAME = "demo-writer";
    static final String HASHED = "numbered";
    static final String ORDERED = "numbered-ordered";

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
            Database database = session.database();
            Keyspace hashed = database.hashed(HASHED);
            Keyspace ordered = database.ordered(ORDERED);
            WriteBatch batch = database.batch();
            for (long number = first; ; number++) {
                byte[] key = NumberedEntry.key(number);
                byte[] value = NumberedEntry.value(number);
                batch.clear();
                batch.put(hashed, key, value).put(ordered, key, value);
                database.write(
                        batch, number % SYNC_EVERY == 0 ? Durability.SYNC : Durability.BUFFERED);
                out.write((number + "\n").getBytes(StandardCharsets.US_ASCII));
                out.flush();
            }
        }
    }
}
