package dev.kvarts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program that has nothing but the engine's module: no flag, no other library, no class path.
final class EmbeddingTest {
    private static final long DEADLINE_SECONDS = 120;

    private static final String PROGRAM =
            """
            import dev.kvarts.Kvarts;
            import dev.kvarts.api.Database;
            import dev.kvarts.api.Keyspace;
            import java.nio.charset.StandardCharsets;
            import java.nio.file.Path;

            void main(String[] arguments) {
                try (Database db = Kvarts.open(Path.of(arguments[0]))) {
                    Keyspace users = db.hashed("users");
                    for (int i = 0; i < 1000; i++) {
                        users.put(bytes("user" + i), bytes("value" + i));
                    }
                    users.delete(bytes("user7"));
                    db.flush();
                }
                try (Database db = Kvarts.open(Path.of(arguments[0]))) {
                    Keyspace users = db.hashed("users");
                    byte[] found = users.get(bytes("user999"));
                    IO.println(new String(found, StandardCharsets.UTF_8));
                    IO.println(users.get(bytes("user7")) == null ? "absent" : "present");
                }
            }

            byte[] bytes(String text) {
                return text.getBytes(StandardCharsets.UTF_8);
            }
            """;

    @Test
    void aProgramNeedsNoFlagAndSeesNoWarning(@TempDir Path folder) throws Exception {
        assertEquals(new Ended(0, "value999\nabsent\n", ""), run(folder, PROGRAM));
    }

    @Test
    void aProgramThatForgetsToCloseItsDatabaseEnds(@TempDir Path folder) throws Exception {
        var program =
                """
                void main(String[] arguments) {
                    var db = dev.kvarts.Kvarts.open(java.nio.file.Path.of(arguments[0]));
                    db.hashed("users").put(new byte[] {1}, new byte[] {2});
                }
                """;
        assertEquals(new Ended(0, "", ""), run(folder, program));
    }

    /// How a process ended and what it said.
    private record Ended(int exit, String output, String errors) {}

    private static Ended run(Path folder, String program) throws Exception {
        Path source = Files.writeString(folder.resolve("Program.java"), program);
        Path output = folder.resolve("output");
        Path errors = folder.resolve("errors");
        var builder =
                new ProcessBuilder(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--module-path",
                                Path.of("target/classes").toAbsolutePath().toString(),
                                "--add-modules",
                                "dev.kvarts.engine",
                                source.toString(),
                                folder.resolve("data").toString()));
        // Flags from outside announce themselves on stderr.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        var process =
                builder.redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
        try {
            assertTrue(process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), "it did not end");
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(output), Files.readString(errors));
    }
}
