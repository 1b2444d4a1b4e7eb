package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final StringWriter errors = new StringWriter();

    private int execute(String... arguments) {
        var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        CommandLine command = Main.commandLine(stream, stream);
        command.setErr(new PrintWriter(errors, true));
        command.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        return command.execute(arguments);
    }

    @Command(name = "holder")
    private static final class Holder {
        @Mixin private final Settings settings = new Settings();
    }

    private static Settings parse(String... arguments) {
        var holder = new Holder();
        new CommandLine(holder).parseArgs(arguments);
        return holder.settings;
    }

    @Test
    void settingsSurviveTheWayToTheChild() {
        Settings settings =
                parse(
                        "--num=5000000",
                        "--value-size=1024",
                        "--memory=2g",
                        "--zipf=0.8",
                        "--overwrite-keys=UNIFORM",
                        "--sync-interval=1000",
                        "--seed=-3",
                        "--compaction=LEVELED",
                        "--window=60",
                        "--codec=lz4",
                        "--value-separation=4096",
                        "--seeks=7",
                        "--seek-nexts=3",
                        "--seek-cursor=KEPT",
                        "--hot-keys=50",
                        "--rival-reads=LATEST",
                        "--device-probe=7",
                        "--verify",
                        "--write-rate=0");
        assertEquals(2L << 30, settings.memoryBytes);
        assertEquals(Compaction.LEVELED, settings.compaction);
        assertTrue(settings.verify);
        Settings again = parse(settings.arguments().toArray(String[]::new));
        assertEquals(settings.arguments(), again.arguments());
        assertEquals(settings.arguments(), settings.copy().arguments());
    }

    @Test
    void sizesHaveUnits() {
        assertEquals(4096, new Settings.Size().convert("4k"));
        assertEquals(512L << 20, new Settings.Size().convert("512M"));
        assertEquals(17, new Settings.Size().convert("17"));
        assertThrows(
                CommandLine.TypeConversionException.class, () -> new Settings.Size().convert("g"));
        assertThrows(
                CommandLine.TypeConversionException.class, () -> new Settings.Size().convert(""));
    }

    @Test
    void listNamesEveryStoreAndWorkload() {
        assertEquals(0, execute("--list"));
        String text = out.toString(StandardCharsets.UTF_8);
        for (StoreKind kind : StoreKind.values()) {
            assertTrue(text.contains(kind.label()), kind.label());
        }
        for (Workload workload : Workload.values()) {
            assertTrue(text.contains(workload.label()), workload.label());
            assertEquals(workload, Workload.of(workload.label()));
        }
    }

    @Test
    void unknownNamesAreUsageErrors() {
        assertEquals(2, execute("--workloads=fillrandom,nosuch"));
        assertTrue(errors.toString().contains("no such workload: nosuch"), errors.toString());
        assertEquals(2, execute("--stores=nosuch"));
        assertEquals(2, execute("--threads=0"));
        assertEquals(2, execute("--hot-keys=9"));
        assertTrue(errors.toString().contains("--threads=0"), errors.toString());
    }

    @Test
    void fillsyncIsAThousandthButNotTooLittle() {
        assertEquals(5000, parse("--num=5000000").operations(Workload.FILLSYNC));
        assertEquals(1000, parse("--num=20000").operations(Workload.FILLSYNC));
        assertEquals(300, parse("--num=300").operations(Workload.FILLSYNC));
        assertEquals(70, parse("--ops=70").operations(Workload.READRANDOM));
    }

    @Test
    void walksFromKeysAreATenthUnlessSaidOtherwise() {
        assertEquals(7, parse("--ops=70").operations(Workload.SEEKRANDOM));
        assertEquals(50, parse("--ops=70", "--seeks=50").operations(Workload.YCSB_E));
        assertEquals(1, parse("--ops=5").operations(Workload.SEEKRANDOM));
    }

    @Test
    void transactionsAreATenthAndChooseAmongTheirOwn() {
        Settings settings = parse("--num=1000", "--ops=70", "--hot-keys=30");
        assertEquals(7, settings.operations(Workload.TRANSACTIONS));
        assertEquals(7, settings.operations(Workload.TRANSACTIONS_HOT));
        assertEquals(1000, settings.entries(Workload.TRANSACTIONS));
        assertEquals(30, settings.entries(Workload.TRANSACTIONS_HOT));
        assertEquals(20, parse("--num=20").entries(Workload.TRANSACTIONS_HOT));
    }

    @Test
    void measurementsSurviveTheWayToTheParent() {
        var measured =
                new Measurement(
                        StoreKind.LMDB,
                        Workload.YCSB_A,
                        3,
                        Map.of(Figure.OPS, 12345.678901, Figure.P999, 1e-3, Figure.GC, 0.0));
        assertTrue(Measurement.isLine(measured.toLine()));
        assertEquals(measured, Measurement.parse(measured.toLine()));
        assertThrows(IllegalArgumentException.class, () -> Measurement.parse("something\telse"));
    }
}
