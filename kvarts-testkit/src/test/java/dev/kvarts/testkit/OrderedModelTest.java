package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Compaction;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.ReadMode;
import dev.kvarts.db.Engine;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// One random history under many options: every answer is that of a sorted map, and all histories
/// are the same to the last byte.
///
/// `-Dkvarts.model.seed=N` repeats a history, `-Dkvarts.ordered.operations=N` makes it shorter or
/// longer.
final class OrderedModelTest {
    private static final long SEED = Long.getLong("kvarts.model.seed", System.nanoTime());
    private static final int OPERATIONS = Integer.getInteger("kvarts.ordered.operations", 700);

    @TempDir private Path directory;

    /// A way to open the same database.
    private record OptionSet(String title, Options options, KeyspaceOptions ordered) {}

    /// Each option by itself at its ends, and all of them mixed.
    private static List<OptionSet> optionSets() {
        Options small = Workload.tinyOptions();
        var plain = KeyspaceOptions.defaults();
        var sets = new ArrayList<OptionSet>();
        sets.add(new OptionSet("defaults", Options.defaults(), plain));
        sets.add(new OptionSet("small", small, plain));
        sets.add(
                new OptionSet(
                        "large blocks",
                        small,
                        plain.withBlockBytes(KeyspaceOptions.BLOCK_BYTES_MAX)));
        sets.add(
                new OptionSet(
                        "everything apart",
                        small,
                        plain.withValueSeparation(KeyspaceOptions.VALUE_SEPARATION_MIN)));
        sets.add(
                new OptionSet(
                        "little apart",
                        small,
                        plain.withValueSeparation(KeyspaceOptions.VALUE_SEPARATION_MAX)));
        sets.add(
                new OptionSet(
                        "a codec from outside",
                        small.withCodecs(List.of(new DeflateCodec())),
                        plain.withCodec(DeflateCodec.NAME)));
        sets.add(new OptionSet("slow merging", small.withWriteBytesPerSecond(64L << 20), plain));
        sets.add(
                new OptionSet(
                        "windows of a second",
                        small,
                        plain.withCompaction(Compaction.TIME_WINDOW)
                                .withWindow(Duration.ofSeconds(1))));
        int[] blocks = {1_024, 4_096, 16_384};
        int[] separations = {64, 1_024, 65_536, 300};
        long[] stores = {64L << 10, 256L << 10, 1L << 20};
        Compaction[] strategies = Compaction.values();
        ReadMode[] modes = ReadMode.values();
        for (int i = 0; i < 16; i++) {
            Compaction strategy = strategies[i % strategies.length];
            String codec = i / 4 % 2 == 0 ? "none" : "lz4";
            ReadMode mode = modes[i % modes.length];
            int threads = 1 + i % 3;
            long store = stores[(i / 3 + i) % stores.length];
            int block = blocks[(i / 2) % blocks.length];
            int separation = separations[(i / 4 + i) % separations.length];
            sets.add(
                    new OptionSet(
                            "mixed " + strategy + " " + codec + " " + mode,
                            small.withReadMode(mode)
                                    .withMemoryStore(store)
                                    .withBackgroundThreads(threads)
                                    .withDurability(
                                            i % 8 == 7 ? Durability.SYNC : Durability.BUFFERED),
                            plain.withCompaction(strategy)
                                    .withCodec(codec)
                                    .withBlockBytes(block)
                                    .withValueSeparation(separation)));
        }
        return sets;
    }

    /// On a disk in memory, where jobs run in an order that is drawn.
    private static final class Simulated implements OrderedHistory.Host {
        private final SimulatedDisk disk = new SimulatedDisk().usedByOneThread();
        private final Options options;
        private int openings;

        Simulated(Options options) {
            this.options = options;
        }

        private Database open(String name) {
            var scheduler = new StepScheduler(SEED + openings++);
            return Engine.open(disk.directory(name), scheduler, options);
        }

        @Override
        public Database open() {
            return open("db");
        }

        @Override
        public <T> T copied(Database db, Function<Database, T> reader) {
            String copy = "copy-" + openings++;
            db.checkpoint(Path.of(copy));
            try (Database opened = open(copy)) {
                return reader.apply(opened);
            }
        }
    }

    /// On the file system, with threads.
    private record Real(Path directory, Options options) implements OrderedHistory.Host {
        @Override
        public Database open() {
            return Kvarts.open(directory.resolve("db"), options);
        }

        @Override
        public <T> T copied(Database db, Function<Database, T> reader) {
            Path copy = directory.resolve("copy");
            db.checkpoint(copy);
            try (Database opened = Kvarts.open(copy, options)) {
                return reader.apply(opened);
            } finally {
                delete(copy);
            }
        }
    }

    private static void delete(Path tree) {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Goes through the history.
    ///
    /// @param answers those of another run, to be compared with; null for the first
    /// @return the answers
    private static String[] run(OptionSet set, OrderedHistory.Host host, String[] answers) {
        var history = new OrderedHistory(host, set.ordered, SEED);
        var found = new String[OPERATIONS];
        int step = 0;
        try {
            history.begin();
            for (; step < OPERATIONS; step++) {
                found[step] = history.step();
                if (answers != null && !answers[step].equals(found[step])) {
                    throw new AssertionError(
                            "other options answered "
                                    + answers[step]
                                    + " and these "
                                    + found[step]);
                }
            }
            history.end();
        } catch (Throwable e) {
            throw new AssertionError(
                    "kvarts.model.seed="
                            + SEED
                            + " step="
                            + step
                            + " options="
                            + set
                            + " host="
                            + host.getClass().getSimpleName()
                            + ": "
                            + e,
                    e);
        }
        return found;
    }

    @Test
    void underAllOptionsTheSameHistory() {
        System.out.println("kvarts.model.seed=" + SEED);
        List<OptionSet> sets = optionSets();
        assertTrue(sets.size() >= 20);
        String[] answers = null;
        for (OptionSet set : sets) {
            long start = System.nanoTime();
            Path real = directory.resolve("db-" + sets.indexOf(set));
            answers = run(set, new Real(real, set.options), answers);
            delete(real);
            run(set, new Simulated(set.options), answers);
            System.out.printf(
                    "ordered: %s: %d operations, twice, in %d ms, history=%08x%n",
                    set.title,
                    OPERATIONS,
                    (System.nanoTime() - start) / 1_000_000,
                    Arrays.hashCode(answers));
        }
    }
}
