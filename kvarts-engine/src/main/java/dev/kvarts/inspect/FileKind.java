package dev.kvarts.inspect;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.db.BackupFormat;
import dev.kvarts.hash.IndexFormat;
import dev.kvarts.hash.RunFormat;
import dev.kvarts.log.ChangeFormat;
import dev.kvarts.log.LogFormat;
import dev.kvarts.log.RetentionFile;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.table.TableFormat;
import dev.kvarts.vlog.ValueFileFormat;

import java.lang.foreign.MemorySegment;

/// The kinds of files that a database's directory holds.
enum FileKind {
    COMMIT_LOG("commit log", LogFormat.MAGIC, LogFormat.VERSION, LogFormat.FILE_PREFIX),
    RUN("run", RunFormat.MAGIC, RunFormat.VERSION, RunFormat.FILE_PREFIX),
    MANIFEST("manifest", ManifestFormat.MAGIC, ManifestFormat.VERSION, null),
    MAPLET_CHECKPOINT(
            "maplet checkpoint", IndexFormat.MAGIC, IndexFormat.VERSION, IndexFormat.FILE_PREFIX),
    TABLE("table", TableFormat.MAGIC, TableFormat.VERSION, TableFormat.FILE_PREFIX),
    VALUE_FILE(
            "value file",
            ValueFileFormat.MAGIC,
            ValueFileFormat.VERSION,
            ValueFileFormat.FILE_PREFIX),
    CHANGES("past changes", ChangeFormat.MAGIC, ChangeFormat.VERSION, ChangeFormat.FILE_PREFIX),
    RETENTION("retention", RetentionFile.MAGIC, RetentionFile.VERSION, null),
    BACKUP("backup", BackupFormat.MAGIC, BackupFormat.VERSION, BackupFormat.FILE_PREFIX),
    LOCK("lock file", 0, 0, null);

    private static final int DIGITS_MAX = 18;

    final String description;
    final long magic; // 0 if it has none
    final int version; // the newest; those from 1 on are understood; 0 if it has none
    private final String prefix; // of its name, before a number; null if there is none

    FileKind(String description, long magic, int version, String prefix) {
        this.description = description;
        this.magic = magic;
        this.version = version;
        this.prefix = prefix;
    }

    /// By its magic, or else by its name.
    ///
    /// @throws IllegalArgumentException if neither is known
    static FileKind of(String name, MemorySegment segment) {
        long magic = segment.byteSize() < Long.BYTES ? 0 : segment.get(Bytes.LONG, 0);
        for (FileKind kind : values()) {
            if (magic != 0 && magic == kind.magic) {
                return kind;
            }
        }
        for (FileKind kind : values()) {
            if (kind.hasName(name)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("not a file of a database: " + name);
    }

    private boolean hasName(String name) {
        return switch (this) {
            case MANIFEST ->
                    name.equals(ManifestFormat.FILE) || name.equals(ManifestFormat.TEMPORARY_FILE);
            case LOCK -> name.equals(LockInspector.NAME);
            case RETENTION -> name.equals(RetentionFile.FILE);
            case COMMIT_LOG, RUN, MAPLET_CHECKPOINT, TABLE, VALUE_FILE, CHANGES, BACKUP ->
                    numberIn(name) >= 0;
        };
    }

    /// The number in a name of this kind, or -1 if it is none.
    long numberIn(String name) {
        if (prefix == null || !name.startsWith(prefix)) {
            return -1;
        }
        String digits = name.substring(prefix.length());
        return digits.matches("[0-9]{1," + DIGITS_MAX + "}") ? Long.parseLong(digits) : -1;
    }
}
