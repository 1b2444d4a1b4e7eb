package dev.kvarts.db;

import dev.kvarts.api.StorageException;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.log.LogEnd;
import dev.kvarts.manifest.ManifestState;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// What is left to be made durable when a database is closed, so that the next opening has little
/// to do. Requires: nobody writes.
final class CleanClose {
    private static final long LEAVE_IN_LOG_MAX = 4 << 20;

    private final EngineEnvironment environment;
    private final Collection<StoredKeyspace> keyspaces;

    CleanClose(EngineEnvironment environment, Collection<StoredKeyspace> keyspaces) {
        this.environment = environment;
        this.keyspaces = keyspaces;
    }

    /// Large memory stores become runs, small ones stay in the log; the manifest says where the log
    /// ends.
    void run() {
        StorageException first = environment.log().failure();
        if (first != null) { // what was acknowledged is where it was; nothing more may be claimed
            throw new StorageException(
                    "database: closed after a failure, cause=" + first.getMessage(), first);
        }
        for (StoredKeyspace keyspace : keyspaces) {
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
        if (!environment.log().pastChanges().retained()
                && keyspaces.stream().noneMatch(StoredKeyspace::hasMemory)) {
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
}
