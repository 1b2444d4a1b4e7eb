package dev.kvarts.db;

import dev.kvarts.api.Options;
import dev.kvarts.api.ReadMode;
import dev.kvarts.api.StorageException;
import dev.kvarts.cache.BlockCache;
import dev.kvarts.cache.Epochs;
import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.entry.LiveSnapshots;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.io.Directory;
import dev.kvarts.jobs.RateLimit;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.WallClock;
import dev.kvarts.log.CommitLog;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.Manifest;
import dev.kvarts.manifest.ManifestState;
import dev.kvarts.table.Codecs;
import dev.kvarts.table.SharedBlocks;
import dev.kvarts.txn.CommitPipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicLong;

/// What the database lends to its keyspaces.
///
/// Thread safety: any number of threads, once [#start] has been called.
final class EngineEnvironment implements Environment {
    private static final long MEMORY_STORE_BYTES_MIN = 32 << 10;
    private static final int CACHE_DIVISOR = 4; // of the memory: most that decompressed blocks take

    // Fixed at construction.
    private final Directory directory;
    private final Scheduler scheduler;
    private final WallClock clock;
    private final Options options;
    private final Manifest manifest;
    private final KeyspaceTable keyspaces;
    private final Epochs epochs;
    private final LiveSnapshots snapshots;
    private final MemoryBudget budget;
    private final RateLimit rateLimit;
    private final MergeOperators mergeOperators;
    private final boolean mapFiles;
    private final SharedBlocks sharedBlocks;
    private final AtomicLong nextFile;

    // Set by start().
    private CommitLog log;
    private CommitPipeline pipeline;
    private long replayed; // before start(): the sequence number that replay has reached

    EngineEnvironment(
            Directory directory,
            Scheduler scheduler,
            Options options,
            Manifest manifest,
            KeyspaceTable keyspaces,
            boolean fitsMemory) {
        this.directory = directory;
        this.scheduler = scheduler;
        this.clock = new WallClock(scheduler, manifest.state().clockMillis());
        manifest.follow(clock);
        this.options = options;
        this.manifest = manifest;
        this.keyspaces = keyspaces;
        this.epochs = new Epochs(scheduler);
        this.snapshots = new LiveSnapshots(this::visible, epochs, options.reportLeaks());
        this.budget = new MemoryBudget(options.memoryBytes(), scheduler::newArena);
        this.mergeOperators = new MergeOperators(options.mergeOperators());
        this.rateLimit = new RateLimit(scheduler, options.writeBytesPerSecond());
        this.mapFiles =
                options.readMode() == ReadMode.MAPPED
                        || options.readMode() == ReadMode.AUTO && fitsMemory;
        this.sharedBlocks =
                new SharedBlocks(
                        new Codecs(options.codecs()),
                        new BlockCache(budget, epochs, options.memoryBytes() / CACHE_DIVISOR),
                        epochs);
        this.nextFile = new AtomicLong(manifest.state().nextFile());
    }

    void start(CommitLog log, CommitPipeline pipeline) {
        this.log = log;
        this.pipeline = pipeline;
    }

    void replaying(long sequence) {
        replayed = sequence;
    }

    CommitLog log() {
        return log;
    }

    MergeOperators mergeOperators() {
        return mergeOperators;
    }

    CommitPipeline pipeline() {
        return pipeline;
    }

    @Override
    public Directory directory() {
        return directory;
    }

    @Override
    public Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public WallClock clock() {
        return clock;
    }

    @Override
    public long expiryHorizon() {
        long now = clock.nowMillis(); // before the snapshots: those that come see no earlier time
        return Math.min(now, snapshots.oldestMillis());
    }

    @Override
    public Epochs epochs() {
        return epochs;
    }

    @Override
    public MemoryBudget budget() {
        return budget;
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public Options options() {
        return options;
    }

    @Override
    public long database() {
        return manifest.state().database();
    }

    @Override
    public long hashSeed() {
        return manifest.state().hashSeed();
    }

    @Override
    public long visible() {
        return pipeline == null ? replayed : pipeline.visible();
    }

    @Override
    public LiveSnapshots snapshots() {
        return snapshots;
    }

    @Override
    public long lastSequence() {
        return log.lastSequence();
    }

    @Override
    public long memoryStoreBytes() {
        // Active and frozen store of each keyspace together take at most half of the memory.
        long share = options.memoryBytes() / (4L * Math.max(1, keyspaces.count()));
        return Math.max(
                MEMORY_STORE_BYTES_MIN, Math.min(options.effectiveMemoryStoreBytes(), share));
    }

    @Override
    public boolean mapFiles() {
        return mapFiles;
    }

    @Override
    public SharedBlocks sharedBlocks() {
        return sharedBlocks;
    }

    /// Gives back what the environment has of its own. Requires: no reader is inside.
    void close() {
        sharedBlocks.cache().close();
    }

    @Override
    public long nextFileNumber() {
        return nextFile.getAndIncrement();
    }

    @Override
    public long lastFileNumber() {
        return nextFile.get() - 1;
    }

    /// Entries up to this sequence number are in runs, in every keyspace but the one given (0: in
    /// every one), as far as the state says.
    ///
    /// The watermark is read first: what is visible by then and not in memory afterwards is in a
    /// run.
    private long flushedEverywhere(int except, ManifestState state) {
        long flushed = pipeline.visible();
        for (StoredKeyspace keyspace : keyspaces.all()) {
            if (keyspace.number() != except && keyspace.hasMemory()) {
                var meta = state.keyspace(keyspace.number());
                flushed = Math.min(flushed, meta == null ? flushed : meta.flushedSequence());
            }
        }
        return flushed;
    }

    @Override
    public void orderBefore(int keyspace, long flushed) {
        if (flushedEverywhere(keyspace, manifest.state()) < flushed) {
            log.force(flushed);
        }
    }

    @Override
    public ManifestState withLogFloor(ManifestState next) throws IOException {
        long last = log.lastSequence();
        long floor = log.generationAfter(flushedEverywhere(0, next));
        return next.withLog(floor, next.logOpen(), next.logEnds(), last);
    }

    /// Lets the log give up what it needs no longer, if there is anything.
    void raiseLogFloor() throws IOException {
        ManifestState state = manifest.state();
        if (log.generationAfter(flushedEverywhere(0, state)) > state.logFloor()) {
            try {
                manifest.change(
                        next -> {
                            try {
                                return withLogFloor(next);
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
            releaseLog();
        }
    }

    @Override
    public void releaseLog() throws IOException {
        log.release(manifest.state().logFloor());
    }

    @Override
    public void fail(StorageException cause) {
        log.failure(cause);
    }

    @Override
    public void throttleBackground(long bytes) {
        rateLimit.take(bytes);
    }
}
