package dev.kvarts.db;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.Database;
import dev.kvarts.api.Options;
import dev.kvarts.api.StorageException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.KeyspaceCore;
import dev.kvarts.io.Directory;
import dev.kvarts.io.NoSpaceException;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.jobs.Scheduler;
import dev.kvarts.jobs.ThreadScheduler;
import dev.kvarts.log.CommitLog;
import dev.kvarts.log.LogRecovery;
import dev.kvarts.log.RecoveredLog;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.Manifest;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.manifest.ManifestState;
import dev.kvarts.txn.CommitPipeline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// Opens a database: puts the rooms together and recovers.
///
/// ```
/// lock -> sync names -> manifest -> delete what it does not name -> open runs and checkpoints -> replay the log into memory
///      -> force what was replayed, begin a new generation -> manifest -> serve; maplets load in the background
/// ```
///
/// Crash safety: nothing that a crash during recovery could lose is deleted before the manifest
/// says that it is not needed, durably. What a killed process left is seen, but is not durable
/// before somebody makes it so: nothing is built on it until then. Recovering twice gives what
/// recovering once gives.
public final class Engine {
    private Engine() {}

    /// Opens a database on the real file system with real threads.
    public static Database open(Path path, Options options) {
        Objects.requireNonNull(path, "directory");
        Objects.requireNonNull(options, "options");
        RealDirectory directory;
        try {
            directory = RealDirectory.open(path, options.createIfMissing());
        } catch (IOException e) {
            throw cannotOpen(path.toString(), e);
        }
        return open(directory, new ThreadScheduler(options.backgroundThreads()), options);
    }

    /// A number that is unlike any other, for what has no scheduler to ask.
    public static long newIdentity() {
        try (var scheduler = new ThreadScheduler(1)) {
            return scheduler.random();
        }
    }

    /// Opens a database on any directory with any scheduler, which it closes, also if opening
    /// fails.
    public static Database open(Directory directory, Scheduler scheduler, Options options) {
        AutoCloseable lock = null;
        var opening = new Opening(directory, scheduler, options);
        try {
            lock = directory.lock();
            return opening.run(lock);
        } catch (IOException e) {
            throw closing(opening, scheduler, lock, cannotOpen(directory.describe(), e));
        } catch (UncheckedIOException e) {
            throw closing(opening, scheduler, lock, cannotOpen(directory.describe(), e.getCause()));
        } catch (InternalError e) {
            throw closing(opening, scheduler, lock, cannotOpen(directory.describe(), e));
        } catch (RuntimeException e) {
            throw closing(opening, scheduler, lock, e);
        } catch (Error e) {
            throw closing(opening, scheduler, lock, e);
        }
    }

    private static StorageException cannotOpen(String directory, Throwable cause) {
        return new StorageException(
                "database: cannot open directory=" + directory + " cause=" + cause.getMessage(),
                cause,
                cause instanceof NoSpaceException);
    }

    /// Gives everything back, so that the next opening finds it free.
    private static <T extends Throwable> T closing(
            Opening opening, Scheduler scheduler, AutoCloseable lock, T cause) {
        scheduler.close();
        List<AutoCloseable> parts = new ArrayList<>();
        opening.keyspaces.all().forEach(keyspace -> parts.add(keyspace::close));
        if (opening.environment != null) {
            parts.add(opening.environment::close);
        }
        if (opening.log != null) {
            parts.add(opening.log);
        }
        if (lock != null) {
            parts.add(lock);
        }
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                cause.addSuppressed(e);
            }
        }
        return cause;
    }

    /// One opening, half-way.
    private static final class Opening {
        private final Directory directory;
        private final Scheduler scheduler;
        private final Options options;
        private final KeyspaceTable keyspaces = new KeyspaceTable();
        private EngineEnvironment environment;
        private CommitLog log;

        Opening(Directory directory, Scheduler scheduler, Options options) {
            this.directory = directory;
            this.scheduler = scheduler;
            this.options = options;
        }

        Database run(AutoCloseable lock) throws IOException {
            long start = scheduler.nanoTime();
            Manifest manifest = Manifest.exists(directory) ? foundManifest() : newManifest();
            ManifestState state = manifest.state();
            deleteUnnamed(state);
            environment =
                    new EngineEnvironment(
                            directory, scheduler, options, manifest, keyspaces, fitsMemory(state));
            for (KeyspaceMeta meta : state.keyspaces()) {
                keyspaces.add(KeyspaceMaker.open(environment, meta));
            }
            var replayed = new Replay(environment);
            RecoveredLog recovered =
                    new LogRecovery(
                                    directory,
                                    state.database(),
                                    state.logFloor(),
                                    state.logOpen(),
                                    state.logEnds())
                            .run(state.lastSequence(), replayed);
            log =
                    new CommitLog(
                            directory,
                            scheduler,
                            options.logSegmentBytes(),
                            state.database(),
                            recovered,
                            options.changes());
            var pipeline = new CommitPipeline(log, recovered.lastSequence());
            environment.start(log, pipeline);
            begin(manifest, environment, recovered);
            log.deleteUnused();
            environment.releaseLog();
            return new OpenDatabase(
                    environment,
                    keyspaces,
                    lock,
                    scheduler.nanoTime() - start,
                    recovered.records());
        }

        /// The manifest that is there. A process killed between the renaming and the sync of the
        /// directory leaves a manifest that is seen, and that a later loss of power replaces by the
        /// one before. What it says is acted on here: files are deleted and segments used again. So
        /// its name is made durable first. Its bytes are durable, and so are the names and bytes of
        /// all that it names: each was synced before the renaming.
        private Manifest foundManifest() throws IOException {
            directory.sync();
            return Manifest.read(directory);
        }

        /// A manifest for a new database. Requires that there is none: where there is data, a
        /// missing manifest is a loss, and going on would delete the rest.
        private Manifest newManifest() throws IOException {
            for (String name : directory.list()) {
                boolean data = DataFiles.isData(name) || LogRecovery.holdsRecords(directory, name);
                if (data) {
                    throw new CorruptionException(
                            "manifest: file is missing, but there is data in " + name,
                            ManifestFormat.FILE,
                            0);
                }
            }
            return Manifest.create(
                    directory, ManifestState.initial(scheduler.random(), scheduler.random()));
        }

        /// The manifest learns where the recovered generations end, and that a new one has begun.
        private void begin(Manifest manifest, EngineEnvironment environment, RecoveredLog recovered)
                throws IOException {
            manifest.change(
                    state -> {
                        try {
                            long open = recovered.nextGeneration();
                            ManifestState next =
                                    state.withLog(
                                            state.logFloor(),
                                            open,
                                            recovered.ends(),
                                            recovered.lastSequence());
                            return environment.withLogFloor(next);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }

        /// Files that a crash left behind, of jobs that did not get as far as the manifest.
        private void deleteUnnamed(ManifestState state) throws IOException {
            Set<String> named = DataFiles.of(state);
            for (String name : directory.list()) {
                boolean ours = DataFiles.isData(name) || name.equals(ManifestFormat.TEMPORARY_FILE);
                if (ours && !named.contains(name)) {
                    directory.delete(name);
                }
            }
        }

        /// Whether the data is small enough that its pages may all stay in the page cache.
        private boolean fitsMemory(ManifestState state) {
            return DataFiles.bytes(state) < directory.cacheBytes() / 2;
        }

        /// Puts logged entries into memory stores.
        private final class Replay implements LogRecovery.Replayer {
            private final EngineEnvironment environment;

            Replay(EngineEnvironment environment) {
                this.environment = environment;
            }

            @Override
            public boolean replay(long sequence, MemorySegment segment, long entry) {
                if (EntryFormat.kind(segment, entry) == EntryFormat.CLOCK) {
                    long value =
                            entry + EntryFormat.HEADER_SIZE + EntryFormat.keySize(segment, entry);
                    environment.clock().learn(segment.get(Bytes.LONG, value));
                    return false;
                }
                KeyspaceCore core = keyspaces.get(EntryFormat.keyspace(segment, entry));
                if (core == null || !core.needsReplay(sequence)) {
                    return false; // of none, dropped since, or in a run
                }
                environment.replaying(sequence);
                int keySize = EntryFormat.keySize(segment, entry);
                long keyAt = entry + EntryFormat.HEADER_SIZE;
                long valueSize = EntryFormat.valueSize(segment, entry);
                byte[] key = Bytes.copyOut(segment, keyAt, keySize);
                long hash = core.hash(key, keySize);
                long reference = core.reserve(hash, keySize + valueSize);
                core.fill(
                        hash,
                        reference,
                        EntryFormat.kind(segment, entry),
                        key,
                        keySize,
                        segment.asSlice(keyAt + keySize, valueSize),
                        valueSize);
                core.link(hash, reference, sequence);
                return true;
            }
        }
    }
}
