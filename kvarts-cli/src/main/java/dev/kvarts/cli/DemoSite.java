package dev.kvarts.cli;

import dev.kvarts.api.Options;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/// Where the demo happens: a directory, the session open in it, the process writing to it. Cleans
/// up also on Ctrl-C.
final class DemoSite implements AutoCloseable {
    private final Path directory;
    private final boolean temporary;
    private final Thread hook = new Thread(this::cleanUp, "kvarts-demo-cleanup");
    private Session session; // guarded by this
    private Process writer; // guarded by this

    DemoSite(Path directory, boolean temporary) {
        this.directory = directory;
        this.temporary = temporary;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    Path directory() {
        return directory;
    }

    boolean temporary() {
        return temporary;
    }

    /// Opens the database, which is closed with the session or with the site.
    synchronized Session open() {
        session = Session.open(directory, Options.defaults());
        return session;
    }

    /// Starts a process that is killed at the latest with the site.
    synchronized Process start(ProcessBuilder command) throws IOException {
        writer = command.start();
        return writer;
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) { // the hook does it
            return;
        }
        cleanUp();
    }

    private synchronized void cleanUp() {
        if (writer != null) {
            writer.destroyForcibly();
            writer.onExit().join();
        }
        if (session != null) {
            session.close();
        }
        if (temporary) {
            delete(directory);
        }
    }

    static void delete(Path tree) {
        try {
            Files.walkFileTree(
                    tree,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.delete(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(Path each, IOException e)
                                throws IOException {
                            Files.delete(each);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + tree + ": " + e.getMessage(), e);
        }
    }
}
