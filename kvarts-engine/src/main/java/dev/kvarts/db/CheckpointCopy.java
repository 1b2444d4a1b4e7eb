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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

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

    /// Makes a directory of it that can be opened.
    void into(Directory target) throws IOException {
        take(
                copy -> {
                    try {
                        link(copy, target);
                    } catch (IOException e) {
                        clear(target);
                        throw new UncheckedIOException(e);
                    }
                });
    }

    /// Lets `action` have the files of the database as of one instant. Returns the manifest of it,
    /// whose last sequence number is that of the instant.
    ManifestState take(Consumer<ManifestState> action) throws IOException {
        try {
            var taken = new AtomicReference<ManifestState>();
            quietly(0, action, taken);
            return taken.get();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void quietly(
            int next, Consumer<ManifestState> action, AtomicReference<ManifestState> taken) {
        if (next < keyspaces.size()) {
            keyspaces.get(next).whileQuiet(() -> quietly(next + 1, action, taken));
            return;
        }
        try {
            // What a writer freezes now would belong to one instant here and to another there.
            keyspaces.forEach(keyspace -> keyspace.holdFreezing(true));
            keyspaces.forEach(keyspace -> keyspace.flushFrozen());
            long sequence = StoredKeyspace.freezeTogether(keyspaces, environment::lastSequence);
            keyspaces.forEach(keyspace -> keyspace.flushFrozen());
            taken.set(copyOf(environment.manifest().state(), sequence));
            action.accept(taken.get());
        } finally {
            keyspaces.forEach(keyspace -> keyspace.holdFreezing(false));
        }
    }

    private static ManifestState copyOf(ManifestState state, long sequence) {
        long last = sequence;
        for (KeyspaceMeta keyspace : state.keyspaces()) {
            last = Math.max(last, keyspace.flushedSequence());
        }
        return new ManifestState(
                state.database(),
                state.hashSeed(),
                state.edit(),
                state.nextKeyspace(),
                state.nextFile(),
                last,
                state.clockMillis(),
                0,
                0,
                List.of(),
                state.keyspaces());
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
        Manifest.write(target, ManifestFormat.TEMPORARY_FILE, state);
        target.rename(ManifestFormat.TEMPORARY_FILE, ManifestFormat.FILE);
        target.sync();
    }
}
