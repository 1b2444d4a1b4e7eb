package dev.kvarts.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;

/// The engine's inner loops, each beside the least that could do the same work.
@Command(
        name = "loops",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Times the engine's inner loops with JMH: maplet probe, page search, table search and"
                    + " walk, memtable, log append, filter probe, cached block, LZ4; each in turn"
                    + " with the least that could do the same work, so that every number is also a"
                    + " ratio.",
            "One thread; a lookup waits for the answer of the one before. Up to 1.5 GB of memory,"
                    + " some 100 MB of temporary files."
        })
final class LoopsRun implements Callable<Integer> {
    @Option(
            names = "--filter",
            paramLabel = "REGEX",
            description = "only loops in whose name this is found, such as 'maplet.*100 k'")
    private Pattern filter = Pattern.compile("");

    @Option(
            names = "--quick",
            description = "one short round instead of three: some 60 seconds instead of 5 minutes")
    private boolean quick;

    @Option(
            names = "--dir",
            paramLabel = "PATH",
            description = "where temporary files are made (default: ${DEFAULT-VALUE})")
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--json", paramLabel = "FILE", description = "write every round there")
    private Path json;

    @Option(names = "--list", description = "list the names of the loops, and end")
    private boolean list;

    @ParentCommand private Main parent;

    @Override
    public Integer call() throws IOException {
        List<Loop> loops =
                Loop.ALL.stream().filter(loop -> filter.matcher(loop.name()).find()).toList();
        if (loops.isEmpty()) {
            throw new IllegalArgumentException("no such loop: --filter=" + filter + ", see --list");
        }
        if (list) {
            loops.forEach(loop -> parent.out().println(loop.name()));
            return 0;
        }
        directory = directory.toAbsolutePath();
        Disk.createDirectories(directory);
        LoopTimer.Pace pace = quick ? LoopTimer.Pace.QUICK : LoopTimer.Pace.FULL;
        List<LoopResult> results =
                measure(loops, new LoopTimer(pace, directory), parent.progress());
        parent.out().print(LoopResult.table(results));
        if (json != null) {
            Files.writeString(json, LoopResult.json(pace, Machine.of(directory), results));
        }
        return 0;
    }

    /// A round takes all loops, each beside its rival, so that what else the machine does meets
    /// both.
    static List<LoopResult> measure(List<Loop> loops, LoopTimer timer, PrintStream progress) {
        int rounds = timer.pace().rounds();
        var results = new ArrayList<LoopResult>();
        for (Loop loop : loops) {
            results.add(new LoopResult(loop, new double[rounds], new double[rounds]));
        }
        for (int round = 0; round < rounds; round++) {
            for (LoopResult result : results) {
                Loop loop = result.loop();
                result.kvarts()[round] =
                        timer.nanos(loop.kvarts(), loop.method(), loop.parameters());
                result.rival()[round] = timer.nanos(loop.rival(), loop.method(), loop.parameters());
                progress.printf(
                        Locale.ROOT,
                        "round %d of %d: %s: %.1f ns, rival %.1f ns%n",
                        round + 1,
                        rounds,
                        loop.name(),
                        result.kvarts()[round],
                        result.rival()[round]);
            }
        }
        return results;
    }
}
