package dev.kvarts.inspect;

import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.RealDirectory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Describes any file of a database, damaged or not, without changing it.
///
/// What a file is, its magic says; if that is damaged, its name. Damaged bytes are never an
/// exception but a [FileReport.Problem], and everything that can still be read is described.
///
/// A file that a database is writing to at the same time is described as it is at the moment: the
/// commit log may then seem to end in the middle of a record.
public final class Inspector {
    private Inspector() {}

    /// Describes one file; lists at most `unitsMax` of its records or pages but checks all of them.
    ///
    /// @throws IOException if it cannot be read
    /// @throws IllegalArgumentException if it is not a file of ours
    public static FileReport inspect(Path file, int unitsMax) throws IOException {
        Path absolute = file.toAbsolutePath().normalize();
        if (absolute.getParent() == null) {
            throw new IOException("not a regular file: " + file);
        }
        Directory directory = RealDirectory.open(absolute.getParent(), false);
        String name = absolute.getFileName().toString();
        if (directory.exists(name) && !directory.list().contains(name)) {
            throw new IOException("not a regular file: " + file);
        }
        return inspect(directory, name, unitsMax);
    }

    /// As [#inspect(Path, int)], in any directory.
    public static FileReport inspect(Directory directory, String name, int unitsMax)
            throws IOException {
        if (unitsMax < 0) {
            throw new IllegalArgumentException("units out of range: unitsMax=" + unitsMax);
        }
        try (ReadableFile file = directory.open(name, true)) {
            return inspect(directory, name, file.mapped(), unitsMax);
        } catch (InternalError e) {
            throw new IOException("fault in a mapped file: " + name, e);
        }
    }

    private static FileReport inspect(
            Directory directory, String name, MemorySegment segment, int unitsMax) {
        FileKind kind = FileKind.of(name, segment);
        var report = new Report(name, kind, segment, unitsMax);
        switch (kind) {
            case COMMIT_LOG -> new LogInspector(directory, name, segment, report).run();
            case RUN -> new RunInspector(name, segment, report).run();
            case MANIFEST -> new ManifestInspector(name, segment, report).run();
            case MAPLET_CHECKPOINT -> new IndexInspector(name, segment, report).run();
            case TABLE -> new TableInspector(name, segment, report).run();
            case VALUE_FILE -> new ValueFileInspector(name, segment, report).run();
            case CHANGES -> new ChangeInspector(segment, report).run();
            case RETENTION -> new RetentionInspector(segment, report).run();
            case BACKUP -> new BackupInspector(name, segment, report).run();
            case LOCK -> new LockInspector(segment, report).run();
        }
        return report.finish();
    }
}
