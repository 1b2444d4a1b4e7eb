package dev.kvarts.db;

import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.io.Directory;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.Manifest;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.manifest.ManifestState;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// A copy of the database at one instant, made of links to files that never change.
///
/// All memory stores are frozen at one sequence number, so that no batch is cut in two, and
/// flushed. While the files are linked no job runs; writers go on in memory. The copy needs no log.
final class CheckpointCopy {
    private final EngineEnvironment environment;
    private final List<StoredKeyspace> keyspaces;

    CheckpointCopy(EngineEnvironment environment, List<StoredKeyspace> keyspaces) {
        this.environment = environment;
        this.keyspaces = keyspaces;
    }

    void into(Directory target) throws IOException {
        try {
            quietly(0, target);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void quietly(int next, Directory target) {
        if (next < keyspaces.size()) {
            keyspaces.get(next).whileQuiet(() -> quietly(next + 1, target));
            return;
        }
        keyspaces.forEach(keyspace -> keyspace.flushFrozen());
        StoredKeyspace.freezeTogether(keyspaces);
        keyspaces.forEach(keyspace -> keyspace.flushFrozen());
        try {
            link(environment.manifest().state(), target);
        } catch (IOException e) {
            clear(target);
            throw new UncheckedIOException(e);
        }
    }

    /// What is half a copy would be in the way of the next one.
    private static void clear(Directory target) {
        try {
            for (String name : target.list()) {
                target.delete(name);
            }
        } catch (IOException left) {
            // The caller hears of the first failure.
        }
    }

    private void link(ManifestState state, Directory target) throws IOException {
        for (KeyspaceMeta keyspace : state.keyspaces()) {
            for (String name : DataFiles.of(keyspace)) {
                environment.directory().linkTo(name, target);
            }
        }
        target.sync();
        ManifestState copy =
                new ManifestState(
                        state.database(),
                        state.hashSeed(),
                        state.edit(),
                        state.nextKeyspace(),
                        state.nextFile(),
                        environment.lastSequence(),
                        state.clockMillis(),
                        0,
                        0,
                        List.of(),
                        state.keyspaces());
        Manifest.write(target, ManifestFormat.TEMPORARY_FILE, copy);
        target.rename(ManifestFormat.TEMPORARY_FILE, ManifestFormat.FILE);
        target.sync();
    }
}
