package dev.kvarts.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// What happens when nobody reads, or nothing more can be written.
final class PipeTest {
    @TempDir private Path temporary;

    @Test
    void closedPipeEndsAScanQuietly() {
        fill();
        assertEquals(new Ending(ExitCode.OK, ""), scanInto(new BrokenPipeException(null)));
    }

    @Test
    void fullDiskBehindStandardOutputIsAnError() {
        fill();
        assertEquals(
                new Ending(ExitCode.STORAGE, "kvarts scan: No space left on device\n"),
                scanInto(new IOException("No space left on device")));
    }

    @Test
    void readerOfARealPipeMayGoAway() throws Exception {
        fill();
        Process scan =
                JavaProcess.command(
                                Main.class.getName(),
                                List.of("scan", temporary.resolve("db").toString()))
                        .redirectError(Redirect.PIPE)
                        .start();
        try (InputStream out = scan.getInputStream()) {
            out.readNBytes(10);
        }
        String err = new String(scan.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(new Ending(ExitCode.OK, ""), new Ending(scan.waitFor(), err));
    }

    private void fill() {
        var lines = new StringBuilder();
        for (int i = 0; i < 5_000; i++) {
            lines.append("key-").append(i).append('\t').append("value ".repeat(20)).append('\n');
        }
        byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
        var outcome = new Shell(temporary.resolve("db")).runWithInput(bytes, "import", "DIR", "-");
        assertEquals(0, outcome.exitCode(), outcome.err());
    }

    private Ending scanInto(IOException failure) {
        var failing =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw failure;
                    }
                };
        var err = new ByteArrayOutputStream();
        var terminal =
                new Terminal(
                        new ByteArrayInputStream(new byte[0]),
                        failing,
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        false,
                        false);
        int exitCode = new CommandRunner(terminal).run("scan", temporary.resolve("db").toString());
        return new Ending(exitCode, err.toString(StandardCharsets.UTF_8));
    }

    private record Ending(int exitCode, String err) {}
}
