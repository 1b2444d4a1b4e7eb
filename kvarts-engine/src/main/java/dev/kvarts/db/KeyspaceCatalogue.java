package dev.kvarts.db;

import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspacePolicy;
import dev.kvarts.api.Limits;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.OverloadedException;
import dev.kvarts.api.Range;
import dev.kvarts.api.StorageException;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.hash.HashedKeyspace;
import dev.kvarts.lsm.LsmKeyspace;
import dev.kvarts.manifest.KeyspaceMeta;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/// Which keyspaces there are: opens, makes, configures and drops them, their histories with them.
///
/// A keyspace is there when the manifest says so, and gone when it says that. The catalogue in the
/// log comes first when one is made, and last when one is dropped.
///
/// Thread safety: any number of threads.
final class KeyspaceCatalogue {
    // Fixed at construction.
    private final OpenDatabase database;
    private final EngineEnvironment environment;
    private final KeyspaceTable keyspaces;
    private final ChangeLog changes;
    private final ReentrantLock control;

    /// @param control guards what keyspaces there are, checkpoints and closing
    KeyspaceCatalogue(
            OpenDatabase database,
            KeyspaceTable keyspaces,
            ChangeLog changes,
            ReentrantLock control) {
        this.database = database;
        this.environment = database.environment();
        this.keyspaces = keyspaces;
        this.changes = changes;
        this.control = control;
    }

    // Opening and making.

    Keyspace hashed(String name) {
        return hashed(name, KeyspaceOptions.defaults(), false);
    }

    Keyspace hashed(String name, KeyspaceOptions options) {
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
                    return new HashedHandle(database, hashed, null);
                },
                () -> KeyspaceMaker.newHashed(environment, name, options));
    }

    OrderedKeyspace ordered(String name) {
        return ordered(name, KeyspaceOptions.defaults(), false);
    }

    OrderedKeyspace ordered(String name, KeyspaceOptions options) {
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
                    return new OrderedHandle(database, ordered, null);
                },
                () -> KeyspaceMaker.newOrdered(environment, name, options));
    }

    /// The keyspace of this name, made when there is none.
    ///
    /// @param handle null for a keyspace of another shape
    private <H> H open(
            String name, Function<StoredKeyspace, H> handle, Supplier<KeyspaceMeta> meta) {
        Checks.keyspaceName(name);
        int token = database.enter();
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
            database.exit(token);
        }
    }

    private StoredKeyspace create(Supplier<KeyspaceMeta> newMeta) throws IOException {
        if (keyspaces.count() >= Limits.KEYSPACES_MAX) {
            throw new OverloadedException("too many keyspaces: max=" + Limits.KEYSPACES_MAX);
        }
        KeyspaceMeta meta = newMeta.get();
        if (!meta.options().history().isZero()) {
            database.histories()
                    .begin(openHistory(meta.name(), meta.options()), environment.nowMillis());
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

    // Finding.

    /// Null if there is none.
    Keyspace keyspace(String name) {
        int token = database.enter();
        try {
            StoredKeyspace core = Histories.isHistory(name) ? null : keyspaces.get(name);
            return core == null ? null : handle(core);
        } finally {
            database.exit(token);
        }
    }

    /// Those of users, in the order of their names.
    List<String> names() {
        int token = database.enter();
        try {
            return keyspaces.all().stream()
                    .map(StoredKeyspace::name)
                    .filter(name -> !Histories.isHistory(name))
                    .sorted()
                    .toList();
        } finally {
            database.exit(token);
        }
    }

    KeyspaceHandle handle(StoredKeyspace core) {
        return switch (core) {
            case HashedKeyspace hashed -> new HashedHandle(database, hashed, null);
            case LsmKeyspace ordered -> new OrderedHandle(database, ordered, null);
            default -> throw new AssertionError("keyspace: unknown shape name=" + core.name());
        };
    }

    /// The history of a keyspace; null if it keeps none.
    OrderedHandle historyOf(int keyspace) {
        StoredKeyspace history = keyspaces.historyOf(keyspace);
        return history == null ? null : (OrderedHandle) handle(history);
    }

    // Configuring.

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
                long from = kept ? database.histories().oldest(core) : environment.nowMillis();
                database.histories().begin(openHistory(core.name(), options), from);
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
        int token = database.enter();
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
            database.exit(token);
        }
    }

    // Dropping.

    boolean drop(String name) {
        return dropWithHistory(name, core -> new Rights(core, null));
    }

    boolean drop(KeyspaceHandle handle) {
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
        int token = database.enter();
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
            database.quotas().forget(core);
        } finally {
            control.unlock();
            database.exit(token);
        }
        core.refuseWrites(KeyspaceHandle.droppedMessage(core));
        database.awaitCalls(); // nobody is inside any more
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
}
