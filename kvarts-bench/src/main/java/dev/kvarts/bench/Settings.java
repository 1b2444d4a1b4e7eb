package dev.kvarts.bench;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.ReadMode;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a benchmark and its child processes agree on. Filled by the command line; a child gets it
/// as [#arguments()].
final class Settings {
    @Option(names = "--num", paramLabel = "N", description = "entries (default: ${DEFAULT-VALUE})")
    long num = 1_000_000;

    @Option(
            names = "--ops",
            paramLabel = "N",
            description =
                    "operations of a workload that does not fill; 0: as many as entries (default:"
                            + " ${DEFAULT-VALUE})")
    long ops = 0;

    @Option(
            names = "--value-size",
            paramLabel = "BYTES",
            description =
                    "size of a value; half compressible (default: ${DEFAULT-VALUE}); keys have 16"
                            + " bytes")
    int valueSize = 100;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "calling threads (default: ${DEFAULT-VALUE})")
    int threads = 1;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = Size.class,
            description =
                    "memory of the store: Kvarts's one memory number, the block cache of RocksDB,"
                        + " the page cache of MVStore; LMDB has only the page cache (default: 1g)")
    long memoryBytes = 1L << 30;

    @Option(
            names = "--memory-store",
            paramLabel = "SIZE",
            converter = Size.class,
            description = "Kvarts: how much of it gathers writes; 0: its default (default: 0)")
    long memoryStoreBytes = 0;

    @Option(
            names = "--compaction",
            paramLabel = "STRATEGY",
            description = "kvarts-ordered: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    Compaction compaction = Compaction.UNIFIED;

    @Option(
            names = "--window",
            paramLabel = "S",
            description =
                    "kvarts-ordered: seconds of a window of TIME_WINDOW (default:"
                            + " ${DEFAULT-VALUE})")
    long windowSeconds = 86_400;

    @Option(
            names = "--codec",
            paramLabel = "NAME",
            description =
                    "kvarts-ordered: none or lz4 (default: ${DEFAULT-VALUE}); RocksDB has lz4,"
                            + " MVStore has lzf, LMDB has none")
    String codec = "none";

    @Option(
            names = "--value-separation",
            paramLabel = "BYTES",
            description =
                    "values of at least so many bytes are kept apart from their keys, by"
                            + " kvarts-ordered and by rocksdb-blob (default: ${DEFAULT-VALUE})")
    int valueSeparation = 1_024;

    @Option(
            names = "--sync-interval",
            paramLabel = "MS",
            description =
                    "Kvarts: milliseconds until a buffered write is forced to the device; 0: never,"
                            + " as the rivals are run (default: ${DEFAULT-VALUE})")
    int syncIntervalMillis = 0;

    @Option(
            names = "--read-mode",
            paramLabel = "MODE",
            description = "Kvarts: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    ReadMode readMode = ReadMode.AUTO;

    @Option(
            names = "--overwrite-keys",
            paramLabel = "HOW",
            description =
                    "which entries overwrite takes: ${COMPLETION-CANDIDATES} (default:"
                            + " ${DEFAULT-VALUE})")
    OverwriteKeys overwriteKeys = OverwriteKeys.ZIPF;

    @Option(
            names = "--zipf",
            paramLabel = "THETA",
            description = "skew of zipf (default: ${DEFAULT-VALUE})")
    double theta = 0.99;

    @Option(
            names = "--seeks",
            paramLabel = "N",
            description =
                    "operations of a workload that walks from keys; 0: a tenth of the others"
                            + " (default: ${DEFAULT-VALUE})")
    long seeks = 0;

    @Option(
            names = "--seek-nexts",
            paramLabel = "N",
            description = "steps after each seek of seekrandom (default: ${DEFAULT-VALUE})")
    int seekNexts = 50;

    @Option(
            names = "--seek-cursor",
            paramLabel = "HOW",
            description =
                    "cursors of seekrandom: NEW, one for each seek, so that it sees what is there"
                        + " now, as db_bench does; KEPT, one for all (default: ${DEFAULT-VALUE})")
    SeekCursor seekCursor = SeekCursor.NEW;

    @Option(
            names = "--hot-keys",
            paramLabel = "N",
            description = "entries of transactions-hot (default: ${DEFAULT-VALUE})")
    int hotKeys = 100;

    @Option(
            names = "--rival-reads",
            paramLabel = "WHAT",
            description =
                    "what transactions of rocksdb-optimistic read: SNAPSHOT, the database as they"
                            + " began, as those of Kvarts do; LATEST, what is there now, so that"
                            + " one which will not commit may read what never was together"
                            + " (default: ${DEFAULT-VALUE})")
    RivalReads rivalReads = RivalReads.SNAPSHOT;

    @Option(
            names = "--device-probe",
            paramLabel = "MS",
            description =
                    "milliseconds of each loop that forces the device by itself, before and after a"
                            + " workload that syncs; 0: none (default: ${DEFAULT-VALUE})")
    int deviceProbeMillis = 1_000;

    @Option(
            names = "--write-rate",
            paramLabel = "N",
            description =
                    "writes per second of readwhilewriting, the same for all stores; 0: as fast as"
                            + " it goes (default: ${DEFAULT-VALUE})")
    long writeRate = 20_000;

    @Option(
            names = "--limit",
            paramLabel = "S",
            description =
                    "seconds after which the process of a store is killed and the store left out;"
                            + " 0: never (default: ${DEFAULT-VALUE})")
    long limitSeconds = 0;

    @Option(
            names = "--warmup",
            paramLabel = "MS",
            description =
                    "milliseconds of reads before a workload that reads, not counted (default:"
                            + " ${DEFAULT-VALUE})")
    int warmupMillis = 2_000;

    @Option(
            names = "--verify",
            description =
                    "after each workload that writes, walk over all entries, both ways where the"
                            + " store can, and compare; not timed")
    boolean verify;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "of keys and values (default: ${DEFAULT-VALUE})")
    long seed = 42;

    enum OverwriteKeys {
        ZIPF,
        UNIFORM
    }

    enum SeekCursor {
        NEW,
        KEPT
    }

    enum RivalReads {
        SNAPSHOT,
        LATEST
    }

    /// Command-line arguments that make the same settings.
    List<String> arguments() {
        var arguments = new ArrayList<String>();
        arguments.add("--num=" + num);
        arguments.add("--ops=" + ops);
        arguments.add("--value-size=" + valueSize);
        arguments.add("--threads=" + threads);
        arguments.add("--memory=" + memoryBytes);
        arguments.add("--memory-store=" + memoryStoreBytes);
        arguments.add("--sync-interval=" + syncIntervalMillis);
        arguments.add("--read-mode=" + readMode);
        arguments.add("--compaction=" + compaction);
        arguments.add("--window=" + windowSeconds);
        arguments.add("--codec=" + codec);
        arguments.add("--value-separation=" + valueSeparation);
        arguments.add("--seeks=" + seeks);
        arguments.add("--seek-nexts=" + seekNexts);
        arguments.add("--seek-cursor=" + seekCursor);
        arguments.add("--overwrite-keys=" + overwriteKeys);
        arguments.add("--zipf=" + theta);
        arguments.add("--hot-keys=" + hotKeys);
        arguments.add("--rival-reads=" + rivalReads);
        arguments.add("--device-probe=" + deviceProbeMillis);
        arguments.add("--write-rate=" + writeRate);
        arguments.add("--warmup=" + warmupMillis);
        arguments.add("--limit=" + limitSeconds);
        if (verify) {
            arguments.add("--verify");
        }
        arguments.add("--seed=" + seed);
        return arguments;
    }

    Settings copy() {
        var copy = new Settings();
        copy.num = num;
        copy.ops = ops;
        copy.valueSize = valueSize;
        copy.threads = threads;
        copy.memoryBytes = memoryBytes;
        copy.memoryStoreBytes = memoryStoreBytes;
        copy.syncIntervalMillis = syncIntervalMillis;
        copy.readMode = readMode;
        copy.compaction = compaction;
        copy.windowSeconds = windowSeconds;
        copy.codec = codec;
        copy.valueSeparation = valueSeparation;
        copy.seeks = seeks;
        copy.seekNexts = seekNexts;
        copy.seekCursor = seekCursor;
        copy.overwriteKeys = overwriteKeys;
        copy.theta = theta;
        copy.hotKeys = hotKeys;
        copy.rivalReads = rivalReads;
        copy.deviceProbeMillis = deviceProbeMillis;
        copy.writeRate = writeRate;
        copy.warmupMillis = warmupMillis;
        copy.limitSeconds = limitSeconds;
        copy.verify = verify;
        copy.seed = seed;
        return copy;
    }

    /// Throws [IllegalArgumentException] that names the limit.
    void check() {
        require(num >= 1, "--num", num, "at least 1");
        require(ops >= 0, "--ops", ops, "not negative");
        require(
                valueSize >= Values.SIZE_MIN && valueSize <= 1 << 20,
                "--value-size",
                valueSize,
                "8..1048576");
        require(threads >= 1 && threads <= 64, "--threads", threads, "1..64");
        require(theta >= 0 && theta < 10, "--zipf", theta, "0..10");
        require(limitSeconds >= 0, "--limit", limitSeconds, "not negative");
        require(windowSeconds >= 1, "--window", windowSeconds, "at least 1");
        require(
                valueSeparation >= KeyspaceOptions.VALUE_SEPARATION_MIN
                        && valueSeparation <= KeyspaceOptions.VALUE_SEPARATION_MAX,
                "--value-separation",
                valueSeparation,
                KeyspaceOptions.VALUE_SEPARATION_MIN + ".." + KeyspaceOptions.VALUE_SEPARATION_MAX);
        require(seeks >= 0, "--seeks", seeks, "not negative");
        require(seekNexts >= 0, "--seek-nexts", seekNexts, "not negative");
        require(hotKeys >= Transactor.KEYS, "--hot-keys", hotKeys, "at least " + Transactor.KEYS);
        require(deviceProbeMillis >= 0, "--device-probe", deviceProbeMillis, "not negative");
        require(writeRate >= 0, "--write-rate", writeRate, "not negative");
        require(warmupMillis >= 0, "--warmup", warmupMillis, "not negative");
        require(syncIntervalMillis >= 0, "--sync-interval", syncIntervalMillis, "not negative");
    }

    private static void require(boolean holds, String name, Object value, String limit) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "option out of range: " + name + "=" + value + " must be " + limit);
        }
    }

    /// How many operations this workload makes.
    long operations(Workload workload) {
        long usual = ops == 0 ? num : ops;
        return switch (workload) {
            case FILLSEQ, FILLRANDOM, READSEQ, READREVERSE -> num;
            case FILLSYNC -> Math.clamp(num / 1000, Math.min(num, 1000), num);
            case OVERWRITE_TWICE -> 2 * num;
            case SEEKRANDOM, YCSB_E -> seeks == 0 ? Math.max(1, usual / 10) : seeks;
            case DELETERANGE -> Math.max(1, num / 1000);
            case TRANSACTIONS, TRANSACTIONS_HOT -> Math.max(1, usual / Transactor.KEYS);
            default -> usual;
        };
    }

    /// Among how many entries it chooses.
    long entries(Workload workload) {
        return workload == Workload.TRANSACTIONS_HOT ? Math.min(num, hotKeys) : num;
    }

    /// How its keys are chosen.
    Workload.Choice choice(Workload workload) {
        return workload.choice != Workload.Choice.SKEWED
                ? workload.choice
                : overwriteKeys == OverwriteKeys.ZIPF
                        ? Workload.Choice.ZIPF
                        : Workload.Choice.UNIFORM;
    }

    /// Sizes such as `512m`.
    static final class Size implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            String lower = text.toLowerCase(Locale.ROOT);
            int shift =
                    switch (lower.isEmpty() ? ' ' : lower.charAt(lower.length() - 1)) {
                        case 'k' -> 10;
                        case 'm' -> 20;
                        case 'g' -> 30;
                        case 't' -> 40;
                        default -> 0;
                    };
            try {
                long number =
                        Long.parseLong(shift == 0 ? lower : lower.substring(0, lower.length() - 1));
                return Math.multiplyExact(number, 1L << shift);
            } catch (ArithmeticException | NumberFormatException e) {
                throw new TypeConversionException(
                        "'" + text + "' is not a size such as 4096, 512m or 2g");
            }
        }
    }
}
