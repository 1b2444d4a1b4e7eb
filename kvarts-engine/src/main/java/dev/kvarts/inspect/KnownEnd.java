package dev.kvarts.inspect;

import dev.kvarts.api.KvartsException;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.log.LogEnd;
import dev.kvarts.log.LogFormat;
import dev.kvarts.log.LogRecovery;
import dev.kvarts.manifest.Manifest;
import dev.kvarts.manifest.ManifestState;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Where a generation of the commit log ends, by what the files beside it say.
///
/// The manifest knows the ends of generations that were closed or recovered, and the header of the
/// next generation that of the one before. Beside a single file that was copied out of its
/// directory there is neither.
final class KnownEnd {
    static final long UNKNOWN = -1;

    private KnownEnd() {}

    /// Where the records of the generation end, or [#UNKNOWN].
    static long of(Directory directory, String name, long database, long generation) {
        try {
            long end = inManifest(directory, database, generation);
            return end != UNKNOWN ? end : inNextSegment(directory, name, database, generation);
        } catch (IOException | KvartsException notReadable) {
            return UNKNOWN;
        }
    }

    private static long inManifest(Directory directory, long database, long generation)
            throws IOException {
        if (!Manifest.exists(directory)) {
            return UNKNOWN;
        }
        ManifestState state = Manifest.read(directory).state();
        if (state.database() == database) {
            for (LogEnd end : state.logEnds()) {
                if (end.generation() == generation) {
                    return Math.max(end.offset(), LogFormat.HEADER_SIZE);
                }
            }
        }
        return UNKNOWN;
    }

    private static long inNextSegment(
            Directory directory, String name, long database, long generation) throws IOException {
        for (String other : directory.list()) {
            if (!other.equals(name)
                    && LogRecovery.slotOf(other) >= 0
                    && directory.size(other) >= LogFormat.HEADER_SIZE) {
                long end = previousEnd(directory, other, database, generation);
                if (end >= LogFormat.HEADER_SIZE) {
                    return end;
                }
            }
        }
        return UNKNOWN;
    }

    private static long previousEnd(
            Directory directory, String other, long database, long generation) throws IOException {
        try (ReadableFile file = directory.open(other, true)) {
            MemorySegment segment = file.mapped();
            boolean next =
                    LogFormat.headerValid(segment)
                            && LogFormat.database(segment) == database
                            && LogFormat.generation(segment) == generation + 1;
            return next ? LogFormat.previousEnd(segment) : UNKNOWN;
        }
    }
}
