package dev.kvarts.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/// A process that opens the database of [ReopenRun]: either times its first answer, or overwrites
/// until it is killed.
@Command(
        name = "reopen-child",
        hidden = true,
        description = "opens a database, for a parent process")
final class ReopenChild implements Callable<Integer> {
    private static final long WRITES_BEFORE_WORD = 500_000;

    @Mixin private final Settings settings = new Settings();

    @Option(names = "--mode", required = true)
    private String mode;

    @Option(names = "--dir", required = true)
    private Path directory;

    /// What a probe found out.
    record Answer(double openSeconds, double getSeconds, double engineSeconds, double replayed) {
        String toLine() {
            return String.format(
                    Locale.ROOT,
                    "open %.6f s, get %.6f s, engine %.6f s, replayed %.0f",
                    openSeconds,
                    getSeconds,
                    engineSeconds,
                    replayed);
        }

        static Answer parse(String line) {
            String[] words = line.replace(",", "").split(" ", -1);
            return new Answer(
                    Double.parseDouble(words[1]),
                    Double.parseDouble(words[4]),
                    Double.parseDouble(words[7]),
                    Double.parseDouble(words[10]));
        }
    }

    /// For the launcher of the JVM.
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new ReopenChild()).execute(arguments));
    }

    @Override
    public Integer call() {
        switch (mode) {
            case "probe" -> {
                System.out.println(probe().toLine());
                System.out.println(probe().toLine()); // closed in between, and the JVM is warm
            }
            case "write" -> write();
            default -> throw new IllegalArgumentException("no such mode: " + mode);
        }
        return 0;
    }

    private Answer probe() {
        long number = settings.num / 2;
        byte[] key = Keys.create();
        byte[] found = new byte[settings.valueSize];
        Keys.present(key, number);
        long start = System.nanoTime();
        try (var store = new KvartsStore(directory, settings);
                Session session = store.session(1)) {
            long opened = System.nanoTime();
            int length = session.get(key, found);
            long answered = System.nanoTime();
            if (!Values.belongs(found, length, number)) {
                throw new IllegalStateException(
                        "wrong answer: number=" + number + " length=" + length);
            }
            var stats = store.database().stats();
            return new Answer(
                    (opened - start) / 1e9,
                    (answered - opened) / 1e9,
                    stats.openNanos() / 1e9,
                    stats.replayedRecords());
        }
    }

    private void write() {
        var random = new SplitMix(System.nanoTime());
        Values values = Values.create(settings.valueSize, settings.seed);
        byte[] key = Keys.create();
        try (var store = new KvartsStore(directory, settings);
                Session session = store.session(1)) {
            long word = Math.min(WRITES_BEFORE_WORD, settings.num);
            for (long i = 0; i < Long.MAX_VALUE; i++) {
                long number = random.below(settings.num);
                Keys.present(key, number);
                session.put(key, values.next(number));
                if (i == word) {
                    System.out.println("writing");
                    System.out.flush();
                }
            }
        }
    }
}
