package dev.kvarts.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A JVM of this installation, with this class path. Its standard error is ours; its standard
/// output is read line by line.
final class ChildProcess {
    private static final long END_SECONDS = 60;

    private ChildProcess() {}

    static List<String> command(List<String> flags, Class<?> main, List<String> arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(arguments);
        return command;
    }

    static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs it to its end, or kills it after so many seconds; returns its exit status.
    ///
    /// @param limitSeconds 0 for no limit
    static int run(List<String> command, long limitSeconds, Consumer<String> line) {
        Process process = start(command);
        if (limitSeconds > 0) {
            var _ =
                    process.onExit()
                            .orTimeout(limitSeconds, TimeUnit.SECONDS)
                            .whenComplete(
                                    (_, late) -> {
                                        if (late != null) {
                                            process.destroyForcibly();
                                        }
                                    });
        }
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String next = lines.readLine(); next != null; next = lines.readLine()) {
                line.accept(next);
            }
            return process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            kill(process);
        }
    }

    /// As `kill -9`, and waits until the process is gone.
    static void kill(Process process) {
        process.destroyForcibly();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(
                        "a child process does not end: pid=" + process.pid());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
