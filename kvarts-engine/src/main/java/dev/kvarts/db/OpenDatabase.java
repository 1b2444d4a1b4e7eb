package dev.kvarts.db;

import dev.kvarts.api.BackupReport;
import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.Database;
import dev.kvarts.api.DatabaseStats;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.KvartsException;
import dev.kvarts.api.MemoryReport;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.StorageException;
import dev.kvarts.api.Transaction;
import dev.kvarts.api.TransactionOptions;
import dev.kvarts.api.VerifyReport;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.cache.Epochs;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.LiveSnapshots.Registration;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.io.Directory;
import dev.kvarts.io.NotADirectoryException;
import dev.kvarts.log.CommitLog;
import dev.kvarts.manifest.Manifest;
import dev.kvarts.txn.Footprint;
import dev.kvarts.txn.TrackedKey;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// A database that is open.
///
/// Every call of a user is counted as under way ([#enter()]), so that closing can wait for those
/// inside; calls that come later find the database closed. What a user's own code does inside a
/// callback is not counted: memory it looks at is pinned, and if it outlasts the closing it gets an
/// [IllegalStateException] from the segment.
final class OpenDatabase implements Database {

    // Fixed at construction.
    private final EngineEnvironment environment;
    private final KeyspaceTable keyspaces;
    private final AutoCloseable lock;
    private final long openNanos;
    private final long replayedRecords;
    private final Epochs calls;
    private final ThreadLocal<Lookup> lookups = ThreadLocal.withInitial(Lookup::new);
    private final Transactions transactions;
    private final Histories histories;
    private final NotedWrites notedWrites;
    private final Quotas quotas;
    private final ChangeLog changes;
    private final KeyspaceCatalogue catalogue;
    private final Upkeep upkeep;

    /// Guards what keyspaces there are, checkpoints and closing.
    private final ReentrantLock control = new ReentrantLock();

    private volatile boolean closed;

    OpenDatabase(
            EngineEnvironment environment,
            KeyspaceTable keyspaces,
            AutoCloseable lock,
            long openNanos,
            long replayedRecords) {
        this.environment = environment;
        this.keyspaces = keyspaces;
        this.lock = lock;
        this.openNanos = openNanos;
        this.replayedRecords = replayedRecords;
        this.calls = new Epochs(environment.scheduler());
        this.transactions = new Transactions(this);
        this.quotas = new Quotas(this, keyspaces);
        this.histories = new Histories(this);
        this.notedWrites = new NotedWrites(this, transactions);
        keyspaces.noteOptions();
        this.changes = new ChangeLog(environment);
        changes.logCatalogue();
        this.catalogue = new KeyspaceCatalogue(this, keyspaces, changes, control);
        this.upkeep = new Upkeep(environment, keyspaces, transactions, changes);
        keyspaces.all().forEach(keyspace -> keyspace.startBackground());
    }

    // Calls.

    /// Every call starts here. Returns what [#exit(int)] wants back.
    int enter() {
        int token = calls.enter();
        if (closed) {
            calls.exit(token);
            throw closedException();
        }
        return token;
    }

    /// Returns when nobody is inside any more who was at the call.
    void awaitCalls() {
        calls.await();
    }

    boolean isClosed() {
        return closed;
    }

    void checkOpen() {
        if (closed) {
            throw closedException();
        }
    }

    private static IllegalStateException closedException() {
        return new IllegalStateException("database is closed");
    }

    void exit(int token) {
        calls.exit(token);
    }

    EngineEnvironment environment() {
        return environment;
    }

    Lookup lookup() {
        return lookups.get();
    }

    StoredKeyspace core(int number) {
        StoredKeyspace core = keyspaces.get(number);
        if (core == null) {
            throw new IllegalStateException("keyspace was dropped");
        }
        return core;
    }

    Durability defaultDurability() {
        return environment.options().durability();
    }

    /// What the world did, as users see it.
    static KvartsException storage(UncheckedIOException e) {
        return new StorageException("read failed: " + e.getCause().getMessage(), e.getCause());
    }

    static KvartsException fault(InternalError e) {
        return new StorageException("read failed: fault in a mapped file: " + e.getMessage(), e);
    }

    /// The handle that a user holds.
    KeyspaceHandle handleOf(Keyspace keyspace) {
        Objects.requireNonNull(keyspace, "keyspace");
        if (!(keyspace instanceof KeyspaceHandle handle) || handle.database() != this) {
            throw new IllegalArgumentException(
                    "keyspace belongs to another database: " + keyspace.name());
        }
        return handle;
    }

    /// The handle of one who may read by it.
    KeyspaceHandle toRead(Keyspace keyspace) {
        KeyspaceHandle handle = handleOf(keyspace);
        handle.rights().requireRead();
        return handle;
    }

    // Snapshots and transactions.

    Registration beginSnapshot(Object holder) {
        int token = enter();
        try {
            return environment.snapshots().begin(holder, environment::nowMillis);
        } finally {
            exit(token);
        }
    }

    @Override
    public Snapshot snapshot() {
        return new OpenSnapshot(this);
    }

    @Override
    public Transaction begin() {
        return begin(TransactionOptions.defaults());
    }

    @Override
    public Transaction begin(TransactionOptions options) {
        return transactions.begin(options);
    }

    @Override
    public <R> R transact(Function<Transaction, R> work) {
        return transact(TransactionOptions.defaults(), work);
    }

    @Override
    public <R> R transact(TransactionOptions options, Function<Transaction, R> work) {
        return transactions.transact(options, work);
    }

    /// Writes a transaction's batch if what it relies on is as its snapshot has it.
    void commit(
            EntryBatch batch, List<Footprint> footprints, Registration at, Durability durability) {
        int token = enter();
        try {
            environment
                    .pipeline()
                    .commit(
                            batch,
                            this::core,
                            footprints,
                            environment.epochs(),
                            environment.hashSeed(),
                            at.sequence(),
                            durability);
        } catch (UncheckedIOException e) {
            throw storage(e);
        } catch (InternalError e) {
            throw fault(e);
        } finally {
            exit(token);
        }
    }

    // Histories.

    Histories histories() {
        return histories;
    }

    /// The history of a keyspace; null if it keeps none.
    OrderedHandle historyOf(int keyspace) {
        return catalogue.historyOf(keyspace);
    }

    /// Adds to a transaction's batch what its writes replace, where that is to be kept.
    void note(EntryBatch batch, Collection<TransactionKeyspace> touched, Registration at) {
        if (!keyspaces.anyHistory() || batch.count() == 0) {
            return;
        }
        long stamp = histories.nextStamp();
        for (TransactionKeyspace each : touched) {
            OrderedHandle history = historyOf(each.handle().number());
            if (history != null) {
                histories.note(batch, each, at, stamp, history);
            }
        }
    }

    KeyspaceHandle handle(int number) {
        return catalogue.handle(core(number));
    }

    /// Writes one entry.
    void write(
            KeyspaceHandle keyspace,
            byte kind,
            byte[] key,
            int keySize,
            Object value,
            long valueSize,
            Durability durability) {
        if (keyspaces.historyOf(keyspace.number()) == null) {
            environment
                    .pipeline()
                    .write(keyspace.core(), kind, key, keySize, value, valueSize, durability);
        } else {
            var entry = new EntryBatch();
            entry.add(kind, keyspace.number(), key, keySize, value, valueSize);
            notedWrites.writeCounted(entry, durability);
        }
    }

    /// Writes one entry if the key is as it was read. Returns whether it was.
    boolean writeIfUnchanged(
            KeyspaceHandle keyspace,
            Lookup read,
            byte kind,
            byte[] key,
            Object value,
            long valueSize,
            Durability durability) {
        if (keyspaces.historyOf(keyspace.number()) == null) {
            return environment
                    .pipeline()
                    .writeIfUnchanged(
                            keyspace.core(), read, kind, key, value, valueSize, durability);
        }
        var entry = new EntryBatch();
        entry.add(kind, keyspace.number(), key, key.length, value, valueSize);
        return notedWrites.writeIfUnchanged(keyspace, read, key, entry, durability);
    }

    private boolean keepsHistory(EntryBatch entries) {
        long at = 0;
        for (int i = 0; keyspaces.anyHistory() && i < entries.count(); i++) {
            MemorySegment segment = entries.segment();
            if (keyspaces.historyOf(EntryFormat.keyspace(segment, at)) != null) {
                return true;
            }
            at +=
                    EntryFormat.size(
                            EntryFormat.keySize(segment, at), EntryFormat.valueSize(segment, at));
        }
        return false;
    }

    Quotas quotas() {
        return quotas;
    }

    /// Whether a key was changed after a snapshot.
    boolean changedSince(StoredKeyspace core, TrackedKey key, Registration at) {
        int token = enter();
        try {
            return environment
                    .pipeline()
                    .changedSince(
                            core, key, environment.epochs(), environment.hashSeed(), at.sequence());
        } catch (UncheckedIOException e) {
            throw storage(e);
        } catch (InternalError e) {
            throw fault(e);
        } finally {
            exit(token);
        }
    }

    // Keyspaces.

    @Override
    public Keyspace hashed(String name) {
        return catalogue.hashed(name);
    }

    @Override
    public Keyspace hashed(String name, KeyspaceOptions options) {
        return catalogue.hashed(name, Objects.requireNonNull(options, "options"));
    }

    @Override
    public OrderedKeyspace ordered(String name) {
        return catalogue.ordered(name);
    }

    @Override
    public OrderedKeyspace ordered(String name, KeyspaceOptions options) {
        return catalogue.ordered(name, Objects.requireNonNull(options, "options"));
    }

    @Override
    public Keyspace keyspace(String name) {
        return catalogue.keyspace(Objects.requireNonNull(name, "name"));
    }

    @Override
    public List<String> keyspaces() {
        return catalogue.names();
    }

    @Override
    public boolean drop(String name) {
        return catalogue.drop(Objects.requireNonNull(name, "name"));
    }

    @Override
    public boolean drop(Keyspace keyspace) {
        return catalogue.drop(handleOf(keyspace));
    }

    void configure(KeyspaceHandle handle, KeyspaceOptions options) {
        catalogue.configure(handle, Objects.requireNonNull(options, "options"));
    }

    /// What is left of a keyspace's quota.
    Quota quota(StoredKeyspace core) {
        return quotas.of(core);
    }

    // Writing.

    @Override
    public WriteBatch batch() {
        return new Batch(this);
    }

    @Override
    public void write(WriteBatch batch) {
        write(batch, defaultDurability());
    }

    @Override
    public void write(WriteBatch batch, Durability durability) {
        Objects.requireNonNull(durability, "durability");
        if (!(batch instanceof Batch ours) || ours.database() != this) {
            Objects.requireNonNull(batch, "batch");
            throw new IllegalArgumentException("batch belongs to another database");
        }
        int token = enter();
        try {
            ours.markWritten();
            ours.requireRights();
            if (ours.hasMerges() || keepsHistory(ours.entries())) {
                notedWrites.write(ours.entries(), durability);
            } else {
                quotas.take(ours.entries());
                environment.pipeline().write(ours.entries(), this::core, durability);
            }
        } finally {
            exit(token);
        }
    }

    @Override
    public void flush() {
        int token = enter();
        try {
            environment.log().force();
            for (StoredKeyspace keyspace : keyspaces.all()) {
                keyspace.flush();
            }
            if (keyspaces.all().stream().noneMatch(StoredKeyspace::hasMemory)) {
                environment.log().deleteSpares();
            }
        } catch (IOException e) {
            throw new StorageException("database: cannot give up log files", e);
        } finally {
            exit(token);
        }
    }

    @Override
    public void compact() {
        int token = enter();
        try {
            keyspaces.all().forEach(keyspace -> keyspace.compact());
        } finally {
            exit(token);
        }
    }

    @Override
    public void checkpoint(Path target) {
        Objects.requireNonNull(target, "directory");
        int token = enter();
        control.lock();
        try {
            Directory copy = environment.directory().at(target);
            if (!copy.isEmpty()) {
                throw new IllegalArgumentException("checkpoint: directory is not empty: " + target);
            }
            new CheckpointCopy(environment, keyspaces.all()).into(copy);
        } catch (NotADirectoryException e) {
            throw new IllegalArgumentException("checkpoint: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StorageException(
                    "checkpoint: cannot write to " + target + " cause=" + e.getMessage(), e, true);
        } finally {
            control.unlock();
            exit(token);
        }
    }

    @Override
    public BackupReport backup(Path target) {
        Objects.requireNonNull(target, "directory");
        int token = enter();
        control.lock();
        try {
            Directory backups = environment.directory().at(target);
            if (Manifest.exists(backups)) {
                throw new IllegalArgumentException("backup: a database is in " + target);
            }
            try (AutoCloseable _ = backups.lock()) {
                var copy = new CheckpointCopy(environment, keyspaces.all());
                return new BackupJob(environment, changes, copy, backups).run();
            }
        } catch (NotADirectoryException e) {
            throw new IllegalArgumentException("backup: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StorageException(
                    "backup: cannot write to " + target + " cause=" + e.getMessage(), e, true);
        } catch (InternalError e) {
            throw fault(e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("lock: close failed", e);
        } finally {
            control.unlock();
            exit(token);
        }
    }

    // Changes.

    @Override
    public ChangeStream changes(long fromSequence) {
        int token = enter();
        try {
            return changes.open(fromSequence, this);
        } finally {
            exit(token);
        }
    }

    // Looking.

    @Override
    public VerifyReport verify() {
        int token = enter();
        try {
            return new Verification(environment, keyspaces.all()).run();
        } finally {
            exit(token);
        }
    }

    @Override
    public DatabaseStats stats() {
        int token = enter();
        try {
            List<KeyspaceStats> each = new ArrayList<>();
            for (StoredKeyspace keyspace : keyspaces.all()) {
                each.add(keyspace.stats());
            }
            each.sort(Comparator.comparing(KeyspaceStats::name));
            CommitLog.Counts counts = environment.log().counts();
            long[] open = environment.snapshots().sequencesFrom(0);
            return new DatabaseStats(
                    each,
                    environment.lastSequence(),
                    counts.records() - upkeep.clockRecords(),
                    counts.bytes(),
                    counts.syncs(),
                    counts.segments(),
                    DataFiles.allBytes(environment.directory()),
                    environment.manifest().writes(),
                    open.length,
                    open.length == 0
                            ? 0
                            : environment.nowMillis() - environment.snapshots().oldestMillis(),
                    keyspaces.all().stream().mapToInt(StoredKeyspace::keptViews).sum(),
                    openNanos,
                    replayedRecords);
        } catch (IOException e) {
            throw storage(new UncheckedIOException(e));
        } finally {
            exit(token);
        }
    }

    @Override
    public MemoryReport memory() {
        int token = enter();
        try {
            return environment.budget().report();
        } finally {
            exit(token);
        }
    }

    // Closing.

    @Override
    public void close() {
        control.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            control.unlock();
        }
        RuntimeException failure = null;
        refuseWrites();
        calls.await();
        changes.closeStreams();
        refuseWrites(); // those keyspaces too that were created meanwhile
        try {
            upkeep.close();
            new CleanClose(environment, keyspaces.all()).run();
        } catch (InternalError e) {
            failure = fault(e);
        } catch (RuntimeException e) {
            failure = e;
        }
        keyspaces.all().forEach(StoredKeyspace::stop);
        environment.scheduler().close();
        environment.epochs().await();
        failure = releaseAll(failure);
        if (failure != null) {
            throw failure;
        }
    }

    private void refuseWrites() {
        keyspaces.all().forEach(keyspace -> keyspace.refuseWrites("database is closed"));
    }

    private RuntimeException releaseAll(RuntimeException failure) {
        RuntimeException first = failure;
        List<AutoCloseable> parts = new ArrayList<>();
        keyspaces.all().forEach(keyspace -> parts.add(keyspace::close));
        parts.add(environment::close);
        parts.add(environment.log());
        parts.add(lock);
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                if (first == null) {
                    first =
                            new StorageException(
                                    "database: close failed, cause=" + e.getMessage(), e);
                }
            }
        }
        return first;
    }
}
