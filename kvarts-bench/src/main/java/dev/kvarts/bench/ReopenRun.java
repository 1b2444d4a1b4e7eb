package dev.kvarts.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// How soon a database answers after it was closed, and after its process was killed.
@Command(
        name = "reopen",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Fills a keyspace (10 million entries by default), closes it, opens it in a new process"
                + " and times open and first get; then kills a process in the middle of overwriting"
                + " and does the same.",
            "The start of a JVM is not in the times, but the loading of classes into a new one is;"
                    + " the files are in the page cache if they fit."
        })
final class ReopenRun extends SpecialRun {
    private static final long NUM = 10_000_000;
    private static final int SYNC_INTERVAL_MILLIS = 1_000; // the engine's default; no rivals here

    @Option(
            names = "--repeat",
            paramLabel = "N",
            description = "openings of each kind; the median counts (default: 3)")
    int repeat = 3;

    ReopenRun() {
        settings.num = NUM;
        settings.syncIntervalMillis = SYNC_INTERVAL_MILLIS;
    }

    @Override
    List<Finding> measure() {
        Disk.recreate(directory);
        var findings = new ArrayList<Finding>();
        findings.add(Finding.plain("entries", (double) settings.num));
        try (var store = new KvartsStore(directory, settings)) {
            run(store, Workload.FILLRANDOM, 0, false);
        }
        var clean = new ArrayList<ReopenChild.Answer>();
        var again = new ArrayList<ReopenChild.Answer>();
        var killed = new ArrayList<ReopenChild.Answer>();
        for (int i = 0; i < repeat; i++) {
            List<ReopenChild.Answer> answers = probe();
            clean.add(answers.getFirst());
            again.add(answers.getLast());
        }
        for (int i = 0; i < repeat; i++) {
            writeAndKill();
            killed.add(probe().getFirst());
        }
        describe(findings, "after close", clean, 0.1);
        describe(findings, "after close, in the same JVM", again, 0.1);
        describe(findings, "after kill -9", killed, 1.0);
        Disk.delete(directory);
        return findings;
    }

    private static void describe(
            List<Finding> findings, String when, List<ReopenChild.Answer> answers, double limit) {
        findings.add(
                new Finding(
                        when + ", s to the first answer",
                        middle(
                                answers.stream()
                                        .mapToDouble(a -> a.openSeconds() + a.getSeconds())
                                        .toArray()),
                        limit));
        findings.add(
                Finding.plain(
                        when + ", s of it opening",
                        middle(
                                answers.stream()
                                        .mapToDouble(ReopenChild.Answer::openSeconds)
                                        .toArray())));
        findings.add(
                Finding.plain(
                        when + ", s of it the engine's own count",
                        middle(
                                answers.stream()
                                        .mapToDouble(ReopenChild.Answer::engineSeconds)
                                        .toArray())));
        findings.add(
                Finding.plain(
                        when + ", log records replayed",
                        middle(
                                answers.stream()
                                        .mapToDouble(ReopenChild.Answer::replayed)
                                        .toArray())));
    }

    private static double middle(double[] values) {
        return Spread.of(values).median();
    }

    private List<String> command(String mode) {
        var arguments = new ArrayList<>(settings.arguments());
        arguments.add("--mode=" + mode);
        arguments.add("--dir=" + directory);
        return ChildProcess.command(
                StoreKind.KVARTS.jvmFlags(settings), ReopenChild.class, arguments);
    }

    /// The answers of two openings in one new JVM.
    private List<ReopenChild.Answer> probe() {
        var lines = new ArrayList<String>();
        int status = ChildProcess.run(command("probe"), settings.limitSeconds, lines::add);
        if (status != 0 || lines.size() != 2) {
            throw new IllegalStateException("reopening failed: status=" + status);
        }
        lines.forEach(progress()::println);
        return lines.stream().map(ReopenChild.Answer::parse).toList();
    }

    /// The child says when it has written for a while; then it dies.
    private void writeAndKill() {
        Process child = ChildProcess.start(command("write"));
        try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
            if (lines.readLine() == null) {
                throw new IllegalStateException("the writing process ended by itself");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            ChildProcess.kill(child);
        }
    }
}
