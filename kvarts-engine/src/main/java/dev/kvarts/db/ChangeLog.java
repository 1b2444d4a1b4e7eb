package dev.kvarts.db;

import dev.kvarts.api.ChangeStream;
import dev.kvarts.api.StorageException;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.log.ChangeReader;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.manifest.ManifestState;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/// What the database does for its change stream, if it has one: copies what the commit log is about
/// to give up, says in the log which keyspaces there are, and knows who reads.
///
/// A catalogue of all keyspaces is logged at each opening and each time one is created, dropped or
/// changed. It gives numbers their names, for readers and after a drop, and says to a restore which
/// keyspaces there were at a sequence number.
///
/// Thread safety: any number of threads.
final class ChangeLog {
    // Fixed at construction.
    private final EngineEnvironment environment;
    private final boolean enabled;

    private final Map<Integer, String> names = new ConcurrentHashMap<>(); // of dropped ones too
    private final Set<OpenChangeStream> streams = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean archiving = new AtomicBoolean();

    ChangeLog(EngineEnvironment environment) {
        this.environment = environment;
        this.enabled = environment.log().pastChanges().retained();
        learn(environment.manifest().state());
    }

    private void learn(ManifestState state) {
        for (KeyspaceMeta keyspace : state.keyspaces()) {
            names.put(keyspace.number(), keyspace.name());
        }
    }

    /// Logs which keyspaces there are from here on. Requires: the caller is the only one who
    /// changes that.
    void logCatalogue() {
        logCatalogue(environment.manifest().state());
    }

    /// As above, before it becomes so. Requires: nobody can have written to a new one.
    void logCatalogue(ManifestState state) {
        learn(state);
        if (enabled) {
            byte[] value = ManifestFormat.encode(state.withoutFiles());
            var batch = new EntryBatch();
            batch.add(EntryFormat.CATALOGUE, 0, new byte[0], 0, value, value.length);
            environment.pipeline().note(batch);
        }
    }

    /// The names in the value of a catalogue.
    static Map<Integer, String> namesOf(byte[] catalogue) {
        Map<Integer, String> names = new HashMap<>();
        for (KeyspaceMeta keyspace : ManifestFormat.decode(catalogue, "catalogue").keyspaces()) {
            names.put(keyspace.number(), keyspace.name());
        }
        return names;
    }

    // Keeping what is past.

    /// Has done soon what is due.
    void lookAfter() {
        if (environment.log().pastChanges().due(environment.nowMillis())
                && archiving.compareAndSet(false, true)) {
            environment.scheduler().submit("log: archive", this::archiveInBackground);
        }
    }

    private void archiveInBackground() {
        try {
            archive();
        } catch (IOException | StorageException | InternalError e) {
            // Tried again as long as it is due; the log keeps what was not copied.
        } finally {
            archiving.set(false);
        }
    }

    /// Copies what is full, and lets the log give it up.
    void archive() throws IOException {
        if (environment.log().pastChanges().archive(names, environment.nowMillis())) {
            environment.raiseLogFloor();
        }
    }

    // Reading.

    ChangeStream open(long fromSequence, OpenDatabase database) {
        if (!enabled) {
            throw new IllegalStateException(
                    "changes are not retained: open the database with Options.withChanges");
        }
        try {
            ChangeReader reader =
                    environment
                            .log()
                            .pastChanges()
                            .read(
                                    fromSequence,
                                    environment::visible,
                                    Map.copyOf(names),
                                    ChangeLog::namesOf);
            var stream = new OpenChangeStream(database, reader, streams::remove);
            streams.add(stream);
            return stream;
        } catch (IOException e) {
            throw OpenDatabase.storage(new UncheckedIOException(e));
        }
    }

    void closeStreams() {
        Set.copyOf(streams).forEach(OpenChangeStream::close);
    }
}
