package dev.kvarts.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// One life of the writing process: started, listened to, killed with SIGKILL at a moment it does
/// not know.
///
/// @param acknowledged how many writes it acknowledged
/// @param exitCode how it ended; 137 (128 + SIGKILL) when killed
record KilledWriter(long acknowledged, int exitCode) {
    private static final int LIFE_MILLIS_MIN = 500;
    private static final int LIFE_MILLIS_MAX = 1_500;
    private static final int START_SECONDS_MAX = 20;

    /// The process writes the entries `first`, `first + 1`, ...
    static KilledWriter run(DemoSite site, long first) throws IOException {
        var command =
                JavaProcess.command(
                        Main.class.getName(),
                        List.of(
                                DemoWriterCommand.NAME,
                                site.directory().toString(),
                                "--first",
                                Long.toString(first)));
        Process process = site.start(command.redirectError(Redirect.INHERIT));
        killAfter(START_SECONDS_MAX, TimeUnit.SECONDS, process);
        long acknowledged = 0;
        try (InputStream out = new BufferedInputStream(process.getInputStream(), 64 << 10)) {
            long number = 0;
            for (int b = out.read(); b != -1; b = out.read()) {
                if (b != '\n') { // a line cut off by the kill acknowledges nothing
                    number = number * 10 + b - '0';
                    continue;
                }
                if (number != first + acknowledged) {
                    throw new CommandException(
                            ExitCode.INTERNAL,
                            "demo: acknowledgement out of order: "
                                    + number
                                    + " expected="
                                    + (first + acknowledged));
                }
                number = 0;
                if (acknowledged++ == 0) {
                    int life =
                            ThreadLocalRandom.current().nextInt(LIFE_MILLIS_MIN, LIFE_MILLIS_MAX);
                    killAfter(life, TimeUnit.MILLISECONDS, process);
                }
            }
        }
        return new KilledWriter(acknowledged, process.onExit().join().exitValue());
    }

    /// Through the handle: killing through the process itself would also close the pipe, in which
    /// there may still be acknowledgements.
    private static void killAfter(long delay, TimeUnit unit, Process process) {
        CompletableFuture.delayedExecutor(delay, unit).execute(process.toHandle()::destroyForcibly);
    }
}
