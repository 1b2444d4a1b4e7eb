package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The command `loops` up to the numbers: those are JMH's.
class LoopsRunTest {
    private static final LoopTimer.Pace SHORT = new LoopTimer.Pace(2, 10, 1, 10);

    static {
        System.setProperty("jmh.ignoreLock", "true"); // somebody may be measuring meanwhile
    }

    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    private final StringWriter errors = new StringWriter();

    private int execute(String... arguments) {
        var command = Main.commandLine(stream, stream);
        command.setErr(new PrintWriter(errors, true));
        return command.execute(arguments);
    }

    @Test
    void aLoopAndItsRivalAreMeasuredInJvmsOfTheirOwn() {
        Loop loop = Loop.ALL.getFirst();
        List<LoopResult> results =
                LoopsRun.measure(List.of(loop), new LoopTimer(SHORT, directory), stream);
        String progress = out.toString(StandardCharsets.UTF_8);
        assertTrue(progress.contains("round 2 of 2: " + loop.name()), progress);
        LoopResult result = results.getFirst();
        assertEquals(2, result.kvarts().length);
        assertTrue(result.ratio().min() > 0);
        String json = LoopResult.json(SHORT, Machine.of(directory), results);
        assertTrue(json.contains("\"kvarts_times_rival\": ["), json);
    }

    @Test
    void everyLoopHasBothBenchmarks() throws NoSuchMethodException {
        for (Loop loop : Loop.ALL) {
            for (Class<?> benchmark : List.of(loop.kvarts(), loop.rival())) {
                assertEquals(loop.method(), benchmark.getMethod(loop.method()).getName());
                for (String parameter : loop.parameters().keySet()) {
                    assertEquals(
                            parameter,
                            List.of(benchmark.getDeclaredFields()).stream()
                                    .map(field -> field.getName())
                                    .filter(parameter::equals)
                                    .findFirst()
                                    .orElse("no field"));
                }
            }
        }
    }

    @Test
    void aFailureShowsWhatTheBenchmarkSaid() {
        var timer = new LoopTimer(SHORT, directory);
        Loop loop = Loop.ALL.getFirst();
        var failure =
                assertThrows(
                        IllegalStateException.class,
                        () -> timer.nanos(loop.kvarts(), loop.method(), Map.of("keys", "-1")));
        assertTrue(failure.getMessage().contains("NegativeArraySize"), failure.getMessage());
    }

    @Test
    void theFilterChoosesByName() {
        assertEquals(0, execute("loops", "--list", "--filter=append"));
        assertEquals(
                List.of("log append, entry of 16 + 100 B", "log append, batch of 16 KiB"),
                out.toString(StandardCharsets.UTF_8).lines().toList());
        assertEquals(2, execute("loops", "--filter=nosuch"));
        assertTrue(errors.toString().contains("no such loop"), errors.toString());
    }

    @Test
    void theTableHasTheMedianAndTheRatioOfEachRound() {
        var result =
                new LoopResult(
                        Loop.ALL.getFirst(), new double[] {10, 20, 40}, new double[] {20, 60, 60});
        List<String> lines = LoopResult.table(List.of(result)).lines().toList();
        assertEquals(2, lines.size());
        assertTrue(lines.get(1).matches("maplet.* 20\\.0 +60\\.0 +2\\.00x \\[1\\.50-3\\.00].*"));
    }
}
