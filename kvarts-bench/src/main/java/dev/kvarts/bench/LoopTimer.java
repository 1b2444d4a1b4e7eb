package dev.kvarts.bench;

import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/// Has JMH time benchmarks, each in a JVM of its own with the class path of this one.
///
/// @param pace how long it takes
/// @param directory where benchmarks make their temporary files
record LoopTimer(Pace pace, Path directory) {
    /// How often and how long.
    ///
    /// @param rounds times that each loop and its rival get a JVM, in turn
    /// @param warmupMillis until both compilers are done, also on a busy machine
    /// @param iterations their median is the round's
    record Pace(int rounds, int warmupMillis, int iterations, int iterationMillis) {
        static final Pace FULL = new Pace(3, 800, 5, 200);
        static final Pace QUICK = new Pace(1, 500, 3, 100);
    }

    /// Nanoseconds of one operation.
    ///
    /// @throws IllegalStateException if it cannot be measured; the message ends with JMH's output
    double nanos(Class<?> benchmark, String method, Map<String, String> parameters) {
        var log = new ByteArrayOutputStream();
        try {
            OutputFormat format =
                    OutputFormatFactory.createFormatInstance(
                            new PrintStream(log, true, StandardCharsets.UTF_8), VerboseMode.NORMAL);
            RunResult result =
                    new Runner(options(benchmark, method, parameters).build(), format).runSingle();
            return result.getPrimaryResult().getStatistics().getPercentile(50);
        } catch (RunnerException e) {
            throw new IllegalStateException(
                    "benchmark failed: "
                            + e.getMessage()
                            + "\n"
                            + log.toString(StandardCharsets.UTF_8),
                    e);
        }
    }

    private ChainedOptionsBuilder options(
            Class<?> benchmark, String method, Map<String, String> parameters) {
        ChainedOptionsBuilder options =
                new OptionsBuilder()
                        .include("^" + Pattern.quote(benchmark.getName() + "." + method) + "$")
                        .forks(1)
                        .jvmArgs(
                                "-Xmx3g", // a table of 100 million keys takes 1.2 GB
                                "-XX:+UseSerialGC",
                                "--sun-misc-unsafe-memory-access=allow", // JMH needs it
                                "-Djava.io.tmpdir=" + directory)
                        .warmupIterations(1)
                        .warmupTime(TimeValue.milliseconds(pace.warmupMillis))
                        .measurementIterations(pace.iterations)
                        .measurementTime(TimeValue.milliseconds(pace.iterationMillis))
                        .shouldFailOnError(true);
        parameters.forEach(options::param);
        return options;
    }
}
