package dev.kvarts.db;

import dev.kvarts.api.BackupInfo;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.RestorePoint;
import dev.kvarts.api.RestoreReport;
import dev.kvarts.api.StorageException;
import dev.kvarts.api.VerifyReport;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.WritableFile;
import dev.kvarts.log.ChangeFileInfo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/// A directory of backups.
///
/// ```
/// backup-1    description: which files, and the manifest     written last, by one renaming
/// backup-2
/// run-7.5e1f00d1   table-9.0badcafe   changes-3.12345678     stored once, whoever needs them
/// ```
///
/// Crash safety: a backup is there when its description is. What a backup that was cut off has left
/// behind is named by no description, and goes when the next one is made. While a description is
/// damaged nothing is deleted, since nobody knows what it needs.
///
/// Thread safety: one thread; those that change something hold the directory's lock.
public final class BackupStore {
    private static final int BUFFER_BYTES = 1 << 20;
    static final int TAIL_BYTES = 4096;

    private final Directory directory;

    public BackupStore(Directory directory) {
        this.directory = directory;
    }

    Directory directory() {
        return directory;
    }

    // Descriptions.

    /// What reading a directory found.
    record Found(List<BackupDescription> backups, List<VerifyReport.Problem> damaged, long last) {}

    /// All descriptions that are whole, the oldest first.
    Found read() throws IOException {
        List<BackupDescription> backups = new ArrayList<>();
        List<VerifyReport.Problem> damaged = new ArrayList<>();
        long last = 0;
        for (String name : directory.list()) {
            long number = BackupFormat.numberOf(name);
            if (number < 0) {
                continue;
            }
            last = Math.max(last, number);
            try {
                backups.add(BackupFormat.decode(readWhole(name), name));
            } catch (CorruptionException e) {
                damaged.add(new VerifyReport.Problem(name, e.offset(), e.getMessage()));
            }
        }
        backups.sort(Comparator.comparingLong(BackupDescription::number));
        return new Found(backups, damaged, last);
    }

    private byte[] readWhole(String name) throws IOException {
        try (ReadableFile file = directory.open(name, false)) {
            if (file.size() > Integer.MAX_VALUE - 8) {
                throw new CorruptionException("backup: size out of range", name, 0);
            }
            MemorySegment bytes = MemorySegment.ofArray(new byte[(int) file.size()]);
            file.read(0, bytes);
            return bytes.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /// The backups there are, the oldest first; those whose description is damaged are left out.
    public List<BackupInfo> list() {
        try {
            return read().backups().stream().map(BackupDescription::info).toList();
        } catch (IOException e) {
            throw failed("list", e);
        }
    }

    static StorageException failed(String what, IOException e) {
        return new StorageException("backup: cannot " + what + " cause=" + e.getMessage(), e);
    }

    // Verifying.

    /// Reads every byte of every backup.
    public VerifyReport verify() {
        try {
            Found found = read();
            List<VerifyReport.Problem> problems = new ArrayList<>(found.damaged());
            Set<String> seen = new HashSet<>();
            long bytes = 0;
            int files = found.backups().size() + found.damaged().size();
            for (BackupDescription backup : found.backups()) {
                bytes += BackupFormat.encode(backup).length;
                for (BackupFile file : backup.files()) {
                    if (seen.add(file.stored())) {
                        files++;
                        bytes += verify(file, problems);
                    }
                }
            }
            return new VerifyReport(files, bytes, 0, problems);
        } catch (IOException e) {
            throw failed("verify", e);
        }
    }

    private long verify(BackupFile file, List<VerifyReport.Problem> problems) {
        try {
            copy(file, null);
            return file.sizeBytes();
        } catch (CorruptionException e) {
            problems.add(new VerifyReport.Problem(e.file(), e.offset(), e.getMessage()));
        } catch (IOException e) {
            problems.add(
                    new VerifyReport.Problem(
                            file.stored(), 0, "backup: cannot be read: " + e.getMessage()));
        }
        return 0;
    }

    /// Reads a stored file, checks it, and writes it to `out` if that is not null.
    ///
    /// @throws CorruptionException if it is not as it was
    void copy(BackupFile file, WritableFile out) throws IOException {
        String stored = file.stored();
        try (ReadableFile in = directory.open(stored, false)) {
            if (in.size() != file.sizeBytes()) {
                throw new CorruptionException("backup: file has another size", stored, in.size());
            }
            var crc = new CRC32C();
            MemorySegment buffer = MemorySegment.ofArray(new byte[BUFFER_BYTES]);
            for (long at = 0; at < in.size(); at += BUFFER_BYTES) {
                MemorySegment part = buffer.asSlice(0, Math.min(BUFFER_BYTES, in.size() - at));
                in.read(at, part);
                crc.update(part.asByteBuffer());
                if (out != null) {
                    out.append(part);
                }
            }
            if ((int) crc.getValue() != file.checksum()) {
                throw new CorruptionException("backup: checksum mismatch", stored, 0);
            }
        }
    }

    /// Makes a database in an empty directory.
    ///
    /// @param random makes the history of the restored database unlike that of the original
    public RestoreReport restore(RestorePoint point, Directory target, long random) {
        try {
            return new RestoreJob(this, target, random).run(point);
        } catch (IOException e) {
            throw failed("restore", e);
        }
    }

    /// CRC32C of the last bytes.
    static int tailOf(MemorySegment file) {
        long size = Math.min(TAIL_BYTES, file.byteSize());
        return Checksum.crc32c(file, file.byteSize() - size, size);
    }

    // Changing. Requires: the directory's lock.

    /// Stores a file durably but for its name. Returns its checksum.
    BackupFile store(String name, MemorySegment bytes, ChangeFileInfo change) throws IOException {
        var crc = new CRC32C();
        try (WritableFile out = directory.create(BackupFormat.COPY_FILE)) {
            for (long at = 0; at < bytes.byteSize(); at += BUFFER_BYTES) {
                long size = Math.min(BUFFER_BYTES, bytes.byteSize() - at);
                MemorySegment part = bytes.asSlice(at, size);
                Checksum.update(crc, part, 0, size);
                out.append(part);
            }
            out.force();
        }
        var file =
                new BackupFile(name, bytes.byteSize(), (int) crc.getValue(), tailOf(bytes), change);
        directory.rename(BackupFormat.COPY_FILE, file.stored());
        return file;
    }

    /// Makes a backup of what is stored.
    void describe(BackupDescription backup) throws IOException {
        directory.sync();
        try (WritableFile out = directory.create(BackupFormat.TEMPORARY_FILE)) {
            out.append(MemorySegment.ofArray(BackupFormat.encode(backup)));
            out.force();
        }
        directory.rename(BackupFormat.TEMPORARY_FILE, BackupFormat.fileName(backup.number()));
        directory.sync();
    }

    /// Deletes the oldest backups until so many are left, and the files that only they need.
    /// Returns those that were deleted.
    public List<BackupInfo> keep(int newest) {
        if (newest < 1) {
            throw new IllegalArgumentException("backup: at least one must be kept: " + newest);
        }
        try (AutoCloseable _ = directory.lock()) {
            Found found = read();
            requireWhole(found);
            List<BackupDescription> all = found.backups();
            int surplus = Math.max(0, all.size() - newest);
            for (BackupDescription old : all.subList(0, surplus)) {
                directory.delete(BackupFormat.fileName(old.number()));
            }
            directory.sync(); // before what they need goes
            clean(all.subList(surplus, all.size()));
            return all.subList(0, surplus).stream().map(BackupDescription::info).toList();
        } catch (IOException e) {
            throw failed("delete", e);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("lock: close failed", e);
        }
    }

    private static void requireWhole(Found found) {
        if (!found.damaged().isEmpty()) {
            VerifyReport.Problem first = found.damaged().getFirst();
            throw new CorruptionException(
                    "backup: nothing is deleted while a description is damaged",
                    first.file(),
                    first.offset());
        }
    }

    /// Deletes what no backup needs.
    void clean(Collection<BackupDescription> backups) throws IOException {
        Set<String> needed = new HashSet<>();
        backups.forEach(backup -> backup.files().forEach(file -> needed.add(file.stored())));
        for (String name : directory.list()) {
            boolean left =
                    name.equals(BackupFormat.TEMPORARY_FILE)
                            || name.equals(BackupFormat.COPY_FILE)
                            || BackupFormat.isStoredName(name) && !needed.contains(name);
            if (left) {
                directory.delete(name);
            }
        }
    }
}
