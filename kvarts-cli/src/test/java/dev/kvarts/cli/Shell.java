package dev.kvarts.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs commands in this process, as a shell would, and keeps what they print.
final class Shell {
    private final Path directory;

    /// `directory` is what `DIR` stands for in arguments.
    Shell(Path directory) {
        this.directory = directory;
    }

    Outcome run(String... arguments) {
        return runWithInput(new byte[0], arguments);
    }

    Outcome runWithInput(byte[] input, String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var terminal =
                new Terminal(
                        new ByteArrayInputStream(input),
                        out,
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        false,
                        false);
        List<String> real = new ArrayList<>();
        for (String argument : arguments) {
            real.add(argument.replace("DIR", directory.toString()));
        }
        int exitCode = new CommandRunner(terminal).run(real.toArray(String[]::new));
        return new Outcome(
                exitCode, List.of(out.toByteArray()), err.toString(StandardCharsets.UTF_8));
    }

    /// What a command left behind.
    ///
    /// @param exitCode its exit code
    /// @param bytes what it wrote to stdout, as the one element
    /// @param err what it wrote to stderr
    record Outcome(int exitCode, List<byte[]> bytes, String err) {
        byte[] outBytes() {
            return bytes.getFirst();
        }

        String out() {
            return new String(outBytes(), StandardCharsets.UTF_8);
        }

        JsonNode json() {
            try {
                return new ObjectMapper().readTree(outBytes());
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + out(), e);
            }
        }
    }
}
