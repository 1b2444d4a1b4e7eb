package dev.kvarts.manifest;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.WritableFile;
import dev.kvarts.jobs.WallClock;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.UnaryOperator;

/// Holds the present state and replaces it.
///
/// A state is small: some tens of bytes per run, some hundreds of runs. So there is no log of edits
/// that would have to be replayed, and whose last edit could be torn: a new state is written to a
/// file of its own, made durable, and renamed over the old one.
///
/// Crash safety: after [#change] returns the new state is durable. If it throws before the rename,
/// the old state holds. If it throws after, nobody knows which one a crash would leave: the
/// manifest is broken, and refuses every further change.
///
/// Thread safety: any number of threads.
public final class Manifest {
    private final Directory directory;
    private volatile ManifestState state;
    private IOException broken; // guarded by this
    private volatile long writes;
    private volatile WallClock clock; // null before somebody says

    private Manifest(Directory directory, ManifestState state) {
        this.directory = directory;
        this.state = state;
    }

    public static boolean exists(Directory directory) throws IOException {
        return directory.exists(ManifestFormat.FILE);
    }

    /// A manifest that is not on disk before its first change.
    public static Manifest create(Directory directory, ManifestState state) {
        return new Manifest(directory, state);
    }

    /// Reads what the directory has, also while another process replaces it.
    ///
    /// @throws CorruptionException if it is damaged
    /// @throws IOException if it cannot be read
    public static Manifest read(Directory directory) throws IOException {
        try (ReadableFile file = directory.open(ManifestFormat.FILE, false);
                Arena arena = Arena.ofConfined()) {
            long size = file.size(); // not the directory's: a newer one may have the name by now
            if (size > Integer.MAX_VALUE - 8) {
                throw new CorruptionException(
                        "manifest: size out of range", ManifestFormat.FILE, 0);
            }
            MemorySegment bytes = arena.allocate(Math.max(1, size));
            file.read(0, bytes.asSlice(0, size));
            ManifestState state =
                    ManifestFormat.decode(
                            bytes.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE),
                            ManifestFormat.FILE);
            return new Manifest(directory, state);
        }
    }

    public ManifestState state() {
        return state;
    }

    /// From now on each state says what time it is.
    public void follow(WallClock database) {
        clock = database;
    }

    /// Replaces the state by what `edit` makes of it, durably. Returns the new state.
    public synchronized ManifestState change(UnaryOperator<ManifestState> edit) throws IOException {
        if (broken != null) {
            throw new IOException(
                    "manifest: refusing changes after a failure: " + broken.getMessage(), broken);
        }
        ManifestState next = edit.apply(state).withEdit(state.edit() + 1);
        if (clock != null) {
            next = next.withClock(clock.nowMillis());
        }
        write(directory, ManifestFormat.TEMPORARY_FILE, next);
        try {
            directory.rename(ManifestFormat.TEMPORARY_FILE, ManifestFormat.FILE);
            directory.sync();
        } catch (IOException e) {
            broken = e;
            throw e;
        }
        state = next;
        writes++;
        return next;
    }

    /// Writes a state to a file, durably but for its name.
    public static void write(Directory directory, String name, ManifestState state)
            throws IOException {
        try (WritableFile file = directory.create(name)) {
            file.append(MemorySegment.ofArray(ManifestFormat.encode(state)));
            file.force();
        }
    }

    /// Reads the file anew, while nobody replaces it. Returns its size.
    ///
    /// @throws CorruptionException if it is damaged
    public synchronized long check() throws IOException {
        read(directory);
        return directory.size(ManifestFormat.FILE);
    }

    public long writes() {
        return writes;
    }

    /// Whether a change failed in a way that makes the state on disk unknown.
    public synchronized boolean isBroken() {
        return broken != null;
    }
}
