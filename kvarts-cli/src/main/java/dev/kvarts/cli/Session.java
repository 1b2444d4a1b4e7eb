package dev.kvarts.cli;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Options;
import dev.kvarts.compression.ZstdCodec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// An open database that is closed cleanly also when the process is told to end (Ctrl-C, SIGTERM).
///
/// The shutdown hook closes the database while the command may still be using it; the command then
/// gets [IllegalStateException], which [CommandRunner] keeps quiet about.
final class Session implements AutoCloseable {
    private final Database database;
    private final ZstdCodec zstd; // closed with the database
    private final Thread hook;
    private boolean closed; // guarded by this

    private Session(Database database, ZstdCodec zstd) {
        this.database = database;
        this.zstd = zstd;
        this.hook = new Thread(this::closeOnce, "kvarts-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /// Opens a database, with every codec there is; one that does not exist is an error unless the
    /// options create it.
    static Session open(Path directory, Options options) {
        if (!options.createIfMissing()) {
            requireDirectory(directory);
        }
        var zstd = new ZstdCodec(); // its library is loaded when a block needs it
        return new Session(Kvarts.open(directory, options.withCodecs(List.of(zstd))), zstd);
    }

    static void requireDirectory(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new CommandException(
                    ExitCode.STORAGE,
                    (Files.exists(directory) ? "not a directory: " : "no such database: ")
                            + directory);
        }
    }

    Database database() {
        return database;
    }

    /// Whether the virtual machine is already shutting down, which is when it takes no more hooks.
    static boolean processIsEnding() {
        var probe = new Thread(() -> {}, "kvarts-probe");
        try {
            Runtime.getRuntime().addShutdownHook(probe);
            Runtime.getRuntime().removeShutdownHook(probe);
            return false;
        } catch (IllegalStateException ending) {
            return true;
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) { // the hook runs or has run; closing waits for it
            closeOnce();
            return;
        }
        closeOnce();
    }

    private synchronized void closeOnce() {
        if (!closed) {
            closed = true;
            try (zstd) {
                database.close();
            }
        }
    }
}
