package dev.kvarts.api;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/// How a database is opened. Start from [#defaults()] and change what you know better.
///
/// What it means:
///
/// @param durability what a write survives when the call does not say; default
///   [Durability#BUFFERED]
/// @param syncInterval at most this long until a buffered write is on the device; zero switches
///   background syncing off (then the operating system decides); default 1 s
/// @param createIfMissing whether an absent directory is created; default true
///
///   How fast it is:
///
/// @param memoryBytes the one memory number: memory stores, indexes, buffers; enforced and itemised
///   by [Database#memory()]; the page cache is not in it; default 512 MiB, at least 16 MiB
/// @param memoryStoreBytes how much of it one keyspace gathers in memory before it is flushed;
///   larger absorbs more overwrites and replays longer after a crash; default 0: an eighth of the
///   memory, at most 256 MiB
/// @param logSegmentBytes size of one file of the commit log; default 64 MiB
/// @param readMode how data files are read; default [ReadMode#AUTO]
/// @param backgroundThreads threads for flush and reclaim; default 2
/// @param writeBytesPerSecond most bytes per second that reclaim and merging write; 0 is no limit;
///   default 0
/// @param codecs what may compress tables, besides those built in; default none. Who opens a
///   database whose files need one must give it
/// @param mergeOperators what keyspaces may merge by, besides what is built in; default none. Who
///   merges in a keyspace that has one must give it
/// @param reportLeaks whether a cursor that was forgotten tells where it was opened, through the
///   system logger `dev.kvarts`; costs a stack trace per cursor; default false
/// @param changes how long [Database#changes(long)] can be read back; costs a second writing of the
///   log, compressed, in the background; default null: as the database was opened last, and a new
///   one has no change stream; [ChangeRetention#NONE] ends one
public record Options(
        Durability durability,
        Duration syncInterval,
        boolean createIfMissing,
        long memoryBytes,
        long memoryStoreBytes,
        long logSegmentBytes,
        ReadMode readMode,
        int backgroundThreads,
        long writeBytesPerSecond,
        List<Codec> codecs,
        List<MergeOperator> mergeOperators,
        boolean reportLeaks,
        ChangeRetention changes) {
    public static final long MEMORY_BYTES_MIN = 16L << 20;
    public static final long MEMORY_STORE_BYTES_MIN = 64L << 10;
    public static final long LOG_SEGMENT_BYTES_MIN = 64L << 10;
    public static final long LOG_SEGMENT_BYTES_MAX = 1L << 30;
    public static final int BACKGROUND_THREADS_MAX = 64;

    public Options {
        Objects.requireNonNull(durability, "durability");
        Objects.requireNonNull(syncInterval, "syncInterval");
        Objects.requireNonNull(readMode, "readMode");
        require(!syncInterval.isNegative(), "syncInterval", syncInterval, "not negative");
        require(
                memoryBytes >= MEMORY_BYTES_MIN,
                "memoryBytes",
                memoryBytes,
                "at least " + MEMORY_BYTES_MIN);
        require(
                memoryStoreBytes == 0
                        || (memoryStoreBytes >= MEMORY_STORE_BYTES_MIN
                                && memoryStoreBytes <= memoryBytes / 2),
                "memoryStoreBytes",
                memoryStoreBytes,
                "0 or " + MEMORY_STORE_BYTES_MIN + "..half of memoryBytes");
        require(
                logSegmentBytes >= LOG_SEGMENT_BYTES_MIN
                        && logSegmentBytes <= LOG_SEGMENT_BYTES_MAX
                        && logSegmentBytes % 4096 == 0,
                "logSegmentBytes",
                logSegmentBytes,
                "a multiple of 4096 in " + LOG_SEGMENT_BYTES_MIN + ".." + LOG_SEGMENT_BYTES_MAX);
        require(
                backgroundThreads >= 1 && backgroundThreads <= BACKGROUND_THREADS_MAX,
                "backgroundThreads",
                backgroundThreads,
                "1.." + BACKGROUND_THREADS_MAX);
        require(
                writeBytesPerSecond >= 0,
                "writeBytesPerSecond",
                writeBytesPerSecond,
                "not negative");
        codecs = List.copyOf(codecs);
        requireDistinct(codecs);
        mergeOperators = List.copyOf(mergeOperators);
        requireNames(mergeOperators);
    }

    private static void requireNames(List<MergeOperator> operators) {
        var names = new HashSet<>(MergeOperator.BUILT_IN);
        for (MergeOperator operator : operators) {
            int size = operator.name().getBytes(StandardCharsets.UTF_8).length;
            require(
                    size > 0
                            && size <= Limits.MERGE_OPERATOR_NAME_SIZE_MAX
                            && names.add(operator.name()),
                    "mergeOperators",
                    operator.name(),
                    "of 1.." + Limits.MERGE_OPERATOR_NAME_SIZE_MAX + " bytes and its own");
        }
    }

    private static void requireDistinct(List<Codec> codecs) {
        var ids = new HashSet<Integer>();
        var names = new HashSet<>(List.of("none", "lz4"));
        for (Codec codec : codecs) {
            boolean taken = !ids.add(codec.id()) || !names.add(codec.name());
            require(
                    !taken && codec.id() >= Codec.ID_MIN && codec.id() <= Codec.ID_MAX,
                    "codecs",
                    codec.name() + ":" + codec.id(),
                    "of an id in " + Codec.ID_MIN + ".." + Codec.ID_MAX + " and a name of its own");
        }
    }

    private static void require(boolean holds, String name, Object value, String limit) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "option out of range: " + name + "=" + value + " must be " + limit);
        }
    }

    public static Options defaults() {
        return new Options(
                Durability.BUFFERED,
                Duration.ofSeconds(1),
                true,
                512L << 20,
                0,
                64L << 20,
                ReadMode.AUTO,
                2,
                0,
                List.of(),
                List.of(),
                false,
                null);
    }

    /// Bytes one keyspace gathers before a flush, with the default resolved.
    public long effectiveMemoryStoreBytes() {
        return memoryStoreBytes != 0 ? memoryStoreBytes : Math.min(memoryBytes / 8, 256L << 20);
    }

    public Options withDurability(Durability level) {
        return with(draft -> draft.durability = level);
    }

    public Options withSyncInterval(Duration interval) {
        return with(draft -> draft.syncInterval = interval);
    }

    public Options withCreateIfMissing(boolean create) {
        return with(draft -> draft.createIfMissing = create);
    }

    public Options withMemory(long bytes) {
        return with(draft -> draft.memoryBytes = bytes);
    }

    public Options withMemoryStore(long bytes) {
        return with(draft -> draft.memoryStoreBytes = bytes);
    }

    public Options withLogSegmentBytes(long bytes) {
        return with(draft -> draft.logSegmentBytes = bytes);
    }

    public Options withReadMode(ReadMode mode) {
        return with(draft -> draft.readMode = mode);
    }

    public Options withBackgroundThreads(int threads) {
        return with(draft -> draft.backgroundThreads = threads);
    }

    public Options withWriteBytesPerSecond(long bytes) {
        return with(draft -> draft.writeBytesPerSecond = bytes);
    }

    public Options withCodecs(List<Codec> given) {
        return with(draft -> draft.codecs = given);
    }

    public Options withMergeOperators(List<MergeOperator> given) {
        return with(draft -> draft.mergeOperators = given);
    }

    public Options withReportLeaks(boolean report) {
        return with(draft -> draft.reportLeaks = report);
    }

    public Options withChanges(ChangeRetention retention) {
        return with(draft -> draft.changes = retention);
    }

    private Options with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.done();
    }

    /// Options that are being changed.
    private static final class Draft {
        private Durability durability;
        private Duration syncInterval;
        private boolean createIfMissing;
        private long memoryBytes;
        private long memoryStoreBytes;
        private long logSegmentBytes;
        private ReadMode readMode;
        private int backgroundThreads;
        private long writeBytesPerSecond;
        private List<Codec> codecs;
        private List<MergeOperator> mergeOperators;
        private boolean reportLeaks;
        private ChangeRetention changes;

        Draft(Options from) {
            this.durability = from.durability;
            this.syncInterval = from.syncInterval;
            this.createIfMissing = from.createIfMissing;
            this.memoryBytes = from.memoryBytes;
            this.memoryStoreBytes = from.memoryStoreBytes;
            this.logSegmentBytes = from.logSegmentBytes;
            this.readMode = from.readMode;
            this.backgroundThreads = from.backgroundThreads;
            this.writeBytesPerSecond = from.writeBytesPerSecond;
            this.codecs = from.codecs;
            this.mergeOperators = from.mergeOperators;
            this.reportLeaks = from.reportLeaks;
            this.changes = from.changes;
        }

        Options done() {
            return new Options(
                    durability,
                    syncInterval,
                    createIfMissing,
                    memoryBytes,
                    memoryStoreBytes,
                    logSegmentBytes,
                    readMode,
                    backgroundThreads,
                    writeBytesPerSecond,
                    codecs,
                    mergeOperators,
                    reportLeaks,
                    changes);
        }
    }
}
