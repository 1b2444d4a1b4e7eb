package dev.kvarts.bench;

import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;

/// What the runs that compare several settings have in common: each variant is a run of its own,
/// every store in a JVM of its own, round after round.
abstract class VariantsRun implements Callable<Integer> {
    @Mixin Settings settings = new Settings();

    @Option(
            names = "--rounds",
            description = "rounds, interleaved; the median counts (default: ${DEFAULT-VALUE})")
    int rounds = 1;

    @Option(
            names = "--dir",
            paramLabel = "PATH",
            description = "where databases are made and deleted again (default: ${DEFAULT-VALUE})")
    Path directory = Path.of("bench-data");

    @Option(names = "--json", paramLabel = "FILE", description = "write everything measured there")
    Path json;

    @ParentCommand Main parent;

    abstract List<Variant> variants();

    /// What is printed in the end.
    abstract String report(List<Variant.Outcome> outcomes);

    @Override
    public final Integer call() throws IOException {
        settings.check();
        if (rounds < 1) {
            throw new IllegalArgumentException(
                    "option out of range: --rounds=" + rounds + " must be at least 1");
        }
        List<Variant> variants = variants();
        variants.forEach(variant -> variant.settings().check());
        Path absolute = directory.toAbsolutePath();
        var outcomes = new ArrayList<Variant.Outcome>();
        for (Variant variant : variants) {
            parent.progress().println(variant.name());
            Results results =
                    new Rounds(variant.settings(), absolute, parent.progress())
                            .run(variant.stores(), variant.workloads(), rounds);
            outcomes.add(new Variant.Outcome(variant, results));
        }
        parent.out().print(report(outcomes));
        if (json != null) {
            Files.writeString(json, json(outcomes));
        }
        return outcomes.stream().allMatch(outcome -> outcome.results().skipped().isEmpty())
                ? CommandLine.ExitCode.OK
                : CommandLine.ExitCode.SOFTWARE;
    }

    static List<StoreKind> stores(List<String> labels) {
        return labels.stream().map(StoreKind::of).toList();
    }

    private static String json(List<Variant.Outcome> outcomes) {
        var document = new LinkedHashMap<String, Object>();
        for (Variant.Outcome outcome : outcomes) {
            document.put(outcome.variant().name(), JsonReport.document(outcome.results()));
        }
        return Json.write(document);
    }
}
