package dev.kvarts.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;

@Command(
        name = "demo",
        header = "See it work: real data in and out, and a writer killed, in under a minute.",
        description =
                "Shows Kvarts at work, on real data, in less than a minute: stores every class file"
                        + " of the running JDK in a hashed and in an ordered keyspace, reads every"
                        + " byte back and compares it, walks, changes and deletes ranges, and kills"
                        + " a writing process to see that nothing acknowledged is lost.",
        customSynopsis = "kvarts demo [OPTIONS]",
        footerHeading =
                "%nJSON: {ok, failures: [...], directory, entries, bytes, hashed: {...}, ordered:"
                        + " {...},%nscanPerSecond, reversePerSecond, cleanReopenNanos, kills,"
                        + " killReopenNanosMax,%nacknowledgedBatches, lostBatches, seconds}. Of"
                        + " each keyspace: {putsPerSecond, getsPerSecond,%ngetP50Nanos,"
                        + " getP99Nanos, indexBytesPerEntry, writeAmplification,"
                        + " readsPerGet}.%n%nExamples:%n",
        footer = {
            "  kvarts demo",
            "  kvarts demo --dir /tmp/demo && kvarts stats /tmp/demo",
            "  kvarts demo --rounds 20"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            "0:All is as it should be.",
            "1:A byte differs, a write was lost, or a file is damaged.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE,
            ExitCode.INTERRUPTED_LINE
        })
final class DemoCommand implements Callable<Integer> {
    private static final int ROUNDS_MAX = 1_000;

    private final Terminal terminal;

    @Spec private CommandSpec spec;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description =
                    "Keep the database here; a new or empty directory (default: a temporary one,"
                            + " removed).")
    private Path directory;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often the writing process is killed (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--module",
            paramLabel = "MODULE",
            description =
                    "Only the class files of this JDK module, for example java.base (default:"
                            + " all).")
    private String module = "";

    @Option(names = "--json", description = "Print one JSON object at the end, and nothing else.")
    private boolean json;

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (rounds < 0 || rounds > ROUNDS_MAX) {
            throw new ParameterException(
                    spec.commandLine(), "--rounds must be 0.." + ROUNDS_MAX + ": " + rounds);
        }
        Path image = JdkImage.root(JdkImage.SCHEME + "/" + module);
        if (!Files.isDirectory(image)) {
            throw new ParameterException(
                    spec.commandLine(), "the running JDK has no module " + module);
        }
        boolean temporary = directory == null;
        Path place =
                temporary
                        ? Files.createTempDirectory("kvarts-demo-")
                        : TreeTarget.emptyDirectory(directory);
        try (var site = new DemoSite(place, temporary)) {
            return run(site, image);
        }
    }

    private int run(DemoSite site, Path image) throws IOException {
        var log = new DemoLog(terminal, json);
        log.headline(
                "Kvarts "
                        + Version.current()
                        + " demo, database in "
                        + site.directory()
                        + (site.temporary() ? " (removed at the end)" : ""));
        var demo = new Demo(site, image, rounds, log, terminal);
        DemoResult result = demo.run();
        if (json) {
            result.printJson(terminal);
        } else {
            result.print(terminal);
        }
        terminal.out().flush();
        return result.ok() ? ExitCode.OK : ExitCode.NO;
    }
}
