package dev.kvarts.db;

import dev.kvarts.api.BackupReport;
import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.Database;
import dev.kvarts.api.DatabaseStats;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspacePolicy;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.KvartsException;
import dev.kvarts.api.Limits;
import dev.kvarts.api.MemoryReport;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.OverloadedException;
import dev.kvarts.api.Range;
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
import dev.kvarts.hash.HashedKeyspace;
import dev.kvarts.io.Directory;
import dev.kvarts.io.NotADirectoryException;
import dev.kvarts.log.CommitLog;
import dev.kvarts.log.LogEnd;
import dev.kvarts.lsm.LsmKeyspace;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.Manifest;
import dev.kvarts.manifest.ManifestState;
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
import java.util.function.Supplier;

/// A database that is open.
///
/// Every call of a user is counted as under way ([#enter()]), so that closing can wait for those
/// inside; calls that come later find the database closed. What a user's own code does inside a
/// callback is not counted: memory it looks at is pinned, and if it outlasts the closing it gets an
/// [IllegalStateException] from the segment.
final class OpenDatabase implements Database {
    private static final long LEAVE_IN_LOG_MAX = 4 << 20;
    private static final long LOG_BYTES_PER_MEMORY = 4;
    private static final long LOG_CHECK_NANOS = 100_000_000;

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
    private final List<AutoCloseable> timers = new ArrayList<>();
    private final ChangeLog changes;

    /// Guards what keyspaces there are, checkpoints and closing.
    private final ReentrantLock control = new ReentrantLock();

    // Written by the timer.
    private long clockSequence; // of the last time that was written down
    private volatile long clockRecords;

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
        this.clockSequence = environment.lastSequence();
        long interval = environment.options().syncInterval().toNanos();
        if (interval > 0) {
            timers.add(
                    environment.scheduler().repeat("log: sync", interval, this::syncInBackground));
        }
        timers.add(
                environment
                        .scheduler()
                        .repeat("db: memory", LOG_CHECK_NANOS, this::lookAfterMemory));
        keyspaces.all().forEach(keyspace -> keyspace.startBackground());
    }

    private void syncInBackground() {
        try {
            environment.log().force();
        } catch (StorageException kept) {
            // The log keeps the first cause; the next writer gets it.
        }
    }

    /// Writes down what time it is, if anything was written since the last time, or if somebody was
    /// told that something has expired: the next opening must not believe that it is earlier.
    private void tellTime() {
        long now = environment.nowMillis(); // also for those who do not ask the wall
        boolean relied = environment.clock().takeRelied();
        if (environment.lastSequence() != clockSequence || relied) {
            try {
                clockSequence = environment.pipeline().writeClock(now);
                clockRecords = clockRecords + 1;
            } catch (KvartsException kept) {
                // The log keeps the first cause; the next writer gets it.
            }
        }
    }

    private void lookAfterMemory() {
        transactions.endForgotten();
        tellTime();
        flushWhatPinsTheLog();
        keyspaces.all().forEach(StoredKeyspace::releaseUnused);
        keyspaces.all().forEach(StoredKeyspace::lookForExpired);
        changes.lookAfter();
    }

    /// A keyspace that is seldom written to would keep old log segments for ever.
    private void flushWhatPinsTheLog() {
        CommitLog log = environment.log();
        long limit =
                Math.max(
                        4 * environment.options().logSegmentBytes(),
                        LOG_BYTES_PER_MEMORY * environment.options().effectiveMemoryStoreBytes());
        if (log.counts().segmentBytes() > limit) {
            keyspaces.all().stream()
                    .filter(StoredKeyspace::hasMemory)
                    .min(Comparator.comparingLong(StoredKeyspace::memorySince))
                    .ifPresent(keyspace -> keyspace.freezeAndSchedule());
        }
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
        StoredKeyspace history = keyspaces.historyOf(keyspace);
        return history == null ? null : (OrderedHandle) handle(history);
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
        return handle(core(number));
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
        return hashed(name, KeyspaceOptions.defaults(), false);
    }

    @Override
    public Keyspace hashed(String name, KeyspaceOptions options) {
        Objects.requireNonNull(options, "options");
        return hashed(name, options, true);
    }

    private Keyspace hashed(String name, KeyspaceOptions options, boolean change) {
        return open(
                name,
                core -> {
                    if (!(core instanceof HashedKeyspace hashed)) {
                        return null;
                    }
                    if (change) {
                        configure(hashed, options, new Rights(hashed, null));
                    }
                    return new HashedHandle(this, hashed, null);
                },
                () -> KeyspaceMaker.newHashed(environment, name, options));
    }

    /// Has a keyspace take on options, durably, if the one who asks may. Requires: the control
    /// lock.
    private void configure(StoredKeyspace core, KeyspaceOptions options, Rights rights) {
        if (options.equals(core.options())) {
            return;
        }
        rights.requireWrite();
        KeyspaceMaker.check(environment, options);
        boolean kept = !core.options().history().isZero();
        boolean keeps = !options.history().isZero();
        try {
            if (keeps) {
                long from = kept ? histories.oldest(core) : environment.nowMillis();
                histories.begin(openHistory(core.name(), options), from);
            }
            environment
                    .manifest()
                    .change(
                            state ->
                                    state.withKeyspace(
                                            state.keyspace(core.number()).withOptions(options)));
        } catch (IOException e) {
            throw new StorageException(
                    "keyspace: cannot configure name=" + core.name() + " cause=" + e.getMessage(),
                    e,
                    true);
        }
        OrderedHandle gone = kept && !keeps ? historyOf(core.number()) : null;
        core.changeOptions(options);
        keyspaces.noteOptions();
        changes.logCatalogue();
        if (gone != null) {
            gone.deleteRange(Range.all()); // it stays, empty, until the keyspace is dropped
        }
    }

    void configure(KeyspaceHandle handle, KeyspaceOptions options) {
        Objects.requireNonNull(options, "options");
        int token = enter();
        control.lock();
        try {
            handle.checkUsable();
            Rights rights = handle.rights();
            KeyspacePolicy present = handle.core().options().policy();
            KeyspacePolicy changed = options.policy();
            KeyspacePolicy kept =
                    changed.withWriteToken(rights.keep(present.writeToken(), changed.writeToken()))
                            .withReadToken(rights.keep(present.readToken(), changed.readToken()));
            configure(handle.core(), options.withPolicy(kept), rights);
        } finally {
            control.unlock();
            exit(token);
        }
    }

    /// What is left of a keyspace's quota.
    Quota quota(StoredKeyspace core) {
        return quotas.of(core);
    }

    @Override
    public Keyspace keyspace(String name) {
        Objects.requireNonNull(name, "name");
        int token = enter();
        try {
            StoredKeyspace core = Histories.isHistory(name) ? null : keyspaces.get(name);
            return core == null ? null : handle(core);
        } finally {
            exit(token);
        }
    }

    private KeyspaceHandle handle(StoredKeyspace core) {
        return switch (core) {
            case HashedKeyspace hashed -> new HashedHandle(this, hashed, null);
            case LsmKeyspace ordered -> new OrderedHandle(this, ordered, null);
            default -> throw new AssertionError("keyspace: unknown shape name=" + core.name());
        };
    }

    @Override
    public OrderedKeyspace ordered(String name) {
        return ordered(name, KeyspaceOptions.defaults(), false);
    }

    @Override
    public OrderedKeyspace ordered(String name, KeyspaceOptions options) {
        Objects.requireNonNull(options, "options");
        return ordered(name, options, true);
    }

    private OrderedKeyspace ordered(String name, KeyspaceOptions options, boolean change) {
        return open(
                name,
                core -> {
                    if (!(core instanceof LsmKeyspace ordered)) {
                        return null;
                    }
                    if (change) {
                        configure(ordered, options, new Rights(ordered, null));
                    }
                    return new OrderedHandle(this, ordered, null);
                },
                () -> KeyspaceMaker.newOrdered(environment, name, options));
    }

    /// The keyspace of this name, made when there is none.
    ///
    /// @param handle null for a keyspace of another shape
    private <H> H open(
            String name, Function<StoredKeyspace, H> handle, Supplier<KeyspaceMeta> meta) {
        Checks.keyspaceName(name);
        int token = enter();
        control.lock();
        try {
            StoredKeyspace core = keyspaces.get(name);
            H opened = handle.apply(core != null ? core : create(meta));
            if (opened == null) {
                throw new IllegalStateException("keyspace has another shape: name=" + name);
            }
            return opened;
        } catch (IOException e) {
            throw new StorageException(
                    "keyspace: cannot create name=" + name + " cause=" + e.getMessage(), e, true);
        } finally {
            control.unlock();
            exit(token);
        }
    }

    private StoredKeyspace create(Supplier<KeyspaceMeta> newMeta) throws IOException {
        if (keyspaces.count() >= Limits.KEYSPACES_MAX) {
            throw new OverloadedException("too many keyspaces: max=" + Limits.KEYSPACES_MAX);
        }
        KeyspaceMeta meta = newMeta.get();
        if (!meta.options().history().isZero()) {
            histories.begin(openHistory(meta.name(), meta.options()), environment.nowMillis());
            meta = newMeta.get(); // the history has taken its number
        }
        return create(meta);
    }

    /// The history of a keyspace, made when there is none. Requires: the control lock.
    private OrderedHandle openHistory(String keyspace, KeyspaceOptions options) throws IOException {
        String name = HistoryFormat.nameFor(keyspace);
        KeyspaceOptions wanted = Histories.options(options);
        StoredKeyspace present = keyspaces.get(name);
        if (present == null) {
            present = create(KeyspaceMaker.newOrdered(environment, name, wanted));
        } else {
            configure(present, wanted, new Rights(present, null));
        }
        return (OrderedHandle) handle(present);
    }

    private StoredKeyspace create(KeyspaceMeta meta) throws IOException {
        if (meta.number() > EntryFormat.KEYSPACE_MAX) {
            throw new OverloadedException(
                    "too many keyspaces were created and dropped: max=" + EntryFormat.KEYSPACE_MAX);
        }
        // First to the log: a keyspace that it names and that does not come to be harms nobody.
        changes.logCatalogue(environment.manifest().state().withNewKeyspace(meta));
        environment.manifest().change(state -> state.withNewKeyspace(meta));
        StoredKeyspace core = KeyspaceMaker.open(environment, meta);
        keyspaces.add(core);
        core.startBackground();
        return core;
    }

    @Override
    public List<String> keyspaces() {
        int token = enter();
        try {
            return keyspaces.all().stream()
                    .map(StoredKeyspace::name)
                    .filter(name -> !Histories.isHistory(name))
                    .sorted()
                    .toList();
        } finally {
            exit(token);
        }
    }

    @Override
    public boolean drop(String name) {
        Objects.requireNonNull(name, "name");
        return dropWithHistory(name, core -> new Rights(core, null));
    }

    @Override
    public boolean drop(Keyspace keyspace) {
        KeyspaceHandle handle = handleOf(keyspace);
        return !handle.core().isStopped() && dropWithHistory(handle.name(), _ -> handle.rights());
    }

    /// @param asking the rights of the one who asks
    private boolean dropWithHistory(String name, Function<StoredKeyspace, Rights> asking) {
        if (Histories.isHistory(name) || !dropOne(name, asking)) {
            return false;
        }
        dropOne(HistoryFormat.nameFor(name), history -> new Rights(history, null));
        return true;
    }

    private boolean dropOne(String name, Function<StoredKeyspace, Rights> asking) {
        int token = enter();
        StoredKeyspace core;
        control.lock();
        try {
            core = keyspaces.get(name);
            if (core == null) {
                return false;
            }
            asking.apply(core).requireWrite();
            StoredKeyspace dropped = core;
            core.whileQuiet(
                    () -> {
                        try {
                            environment
                                    .manifest()
                                    .change(state -> state.withoutKeyspace(dropped.number()));
                        } catch (IOException e) {
                            throw new StorageException(
                                    "keyspace: cannot drop name="
                                            + name
                                            + " cause="
                                            + e.getMessage(),
                                    e);
                        }
                        dropped.stop();
                    });
            keyspaces.remove(core);
            quotas.forget(core);
        } finally {
            control.unlock();
            exit(token);
        }
        core.refuseWrites(KeyspaceHandle.droppedMessage(core));
        calls.await(); // nobody is inside any more
        environment.epochs().await();
        core.deleteFiles();
        control.lock();
        try {
            changes.logCatalogue();
        } finally {
            control.unlock();
        }
        return true;
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
                    counts.records() - clockRecords,
                    counts.bytes(),
                    counts.syncs(),
                    counts.segments(),
                    storedBytes(),
                    environment.manifest().writes(),
                    open.length,
                    open.length == 0
                            ? 0
                            : environment.nowMillis() - environment.snapshots().oldestMillis(),
                    keyspaces.all().stream().mapToInt(StoredKeyspace::keptViews).sum(),
                    openNanos,
                    replayedRecords);
        } finally {
            exit(token);
        }
    }

    private long storedBytes() {
        long sum = 0;
        try {
            for (String name : environment.directory().list()) {
                sum += sizeOrGone(name);
            }
        } catch (IOException e) {
            throw storage(new UncheckedIOException(e));
        }
        return sum;
    }

    private long sizeOrGone(String name) throws IOException {
        try {
            return environment.directory().size(name);
        } catch (IOException e) {
            if (environment.directory().exists(name)) {
                throw e;
            }
            return 0; // deleted in between
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
            closeTimers();
            makeDurable();
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

    private void closeTimers() {
        for (AutoCloseable timer : timers) {
            try {
                timer.close();
            } catch (Exception e) {
                throw new AssertionError("timer: close failed", e);
            }
        }
    }

    /// Large memory stores become runs, small ones stay in the log; the manifest says where the log
    /// ends.
    private void makeDurable() {
        StorageException first = environment.log().failure();
        if (first != null) { // what was acknowledged is where it was; nothing more may be claimed
            throw new StorageException(
                    "database: closed after a failure, cause=" + first.getMessage(), first);
        }
        for (StoredKeyspace keyspace : keyspaces.all()) {
            if (keyspace.memoryBytes() > LEAVE_IN_LOG_MAX || keyspace.hasUnlogged()) {
                keyspace.flush();
            }
            keyspace.prepareClose();
        }
        environment.log().force();
        LogEnd end = environment.log().end();
        try {
            environment.manifest().change(state -> closedState(state, end));
        } catch (IOException e) {
            throw new StorageException(
                    "database: cannot close cleanly, cause=" + e.getMessage(), e);
        }
    }

    private ManifestState closedState(ManifestState state, LogEnd end) {
        List<LogEnd> ends = new ArrayList<>(state.logEnds());
        if (!environment.log().retainsChanges()
                && keyspaces.all().stream().noneMatch(StoredKeyspace::hasMemory)) {
            // Everything is in runs: the log begins anew, with nothing to read at the next opening.
            long next = end.generation() + 1;
            return state.withLog(next, 0, List.of(new LogEnd(next, 0)), environment.lastSequence());
        }
        ends.removeIf(known -> known.generation() == end.generation());
        ends.addAll(environment.log().olderEnds());
        ends.add(end);
        return state.withLog(
                state.logFloor(), state.logOpen(), distinct(ends), environment.lastSequence());
    }

    private static List<LogEnd> distinct(List<LogEnd> ends) {
        return ends.stream()
                .distinct()
                .sorted(Comparator.comparingLong(LogEnd::generation))
                .toList();
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
