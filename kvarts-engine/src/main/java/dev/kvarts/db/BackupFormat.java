package dev.kvarts.db;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;
import dev.kvarts.log.ChangeFileInfo;
import dev.kvarts.log.ChangeFormat;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.manifest.ManifestState;

import java.lang.foreign.MemorySegment;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The description of a backup on disk, version 1. Little-endian.
///
/// | size | field    | meaning                                                     |
/// |-----:|----------|-------------------------------------------------------------|
/// |    8 | magic    | `KVARTSBK`                                                  |
/// |    4 | version  | 1                                                           |
/// |    4 | checksum | CRC32C of all bytes from 16 on, bound to version and size   |
/// |    8 | size     | of the file                                                 |
/// |    8 | database | identity                                                    |
/// |    8 | number   | of the backup                                               |
/// |    8 | parent   | the backup whose changes it goes on from, 0 if none         |
/// |    8 | sequence | everything up to it is in the backup                        |
/// |    8 | time     | milliseconds since 1970                                     |
/// |    4 | files    | count                                                       |
/// |    4 | manifest | bytes of the manifest, which follows the files              |
///
/// | size | file     | meaning                                                     |
/// |-----:|----------|-------------------------------------------------------------|
/// |    8 | size     | bytes                                                       |
/// |    4 | checksum | CRC32C of all of it                                         |
/// |    4 | tail     | CRC32C of its last 4096 bytes                               |
/// |    8 | generation | of past changes; 0 for a file of data                     |
/// |    8 | first    | sequence number, of past changes                            |
/// |    8 | next     | likewise                                                    |
/// |    8 | from     | first time in it, likewise                                  |
/// |    8 | to       | last time in it, likewise                                   |
/// |    2 | name size | then the name in the database, in ASCII                    |
///
/// The file is stored as its name, a dot, and its checksum in base 16.
public final class BackupFormat {
    public static final long MAGIC = 0x4B42_5354_5241_564BL; // "KVARTSBK"
    public static final int VERSION = 1;
    public static final String FILE_PREFIX = "backup-";
    static final String TEMPORARY_FILE = "backup.new";
    static final String COPY_FILE = "copy.new";
    private static final int CHECKED_FROM = 16;

    public static final Layout HEADER =
            Layout.begin()
                    .text("magic", 8)
                    .number("version", 4)
                    .hex("checksum", 4)
                    .number("size", 8)
                    .hex("database", 8)
                    .number("number", 8)
                    .number("parent", 8)
                    .number("sequence", 8)
                    .number("time", 8)
                    .number("files", 4)
                    .number("manifest", 4);

    public static final Layout BACKED_UP =
            Layout.begin()
                    .number("size", 8)
                    .hex("checksum", 4)
                    .hex("tail", 4)
                    .number("generation", 8)
                    .number("first", 8)
                    .number("next", 8)
                    .number("from", 8)
                    .number("to", 8)
                    .number("name size", 2);

    private BackupFormat() {}

    static String fileName(long number) {
        return FILE_PREFIX + number;
    }

    /// The number in a description's name, or -1 if it is not one.
    static long numberOf(String name) {
        String digits = name.startsWith(FILE_PREFIX) ? name.substring(FILE_PREFIX.length()) : "";
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : -1;
    }

    /// Whether a file of a backup may be called so: names come from a file, and are where a restore
    /// writes to.
    static boolean isFileName(String name) {
        return DataFiles.isData(name) || ChangeFormat.generationOf(name) >= 0;
    }

    /// Whether a name is one under which files are stored.
    static boolean isStoredName(String name) {
        int dot = name.lastIndexOf('.');
        return dot > 0
                && isFileName(name.substring(0, dot))
                && name.substring(dot + 1).matches("[0-9a-f]{8}");
    }

    static byte[] encode(BackupDescription backup) {
        byte[] manifest = ManifestFormat.encode(backup.state());
        int size = (int) HEADER.size() + manifest.length;
        for (BackupFile file : backup.files()) {
            size += (int) BACKED_UP.size() + file.name().length();
        }
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(VERSION).putInt(0).putLong(size);
        out.putLong(backup.state().database()).putLong(backup.number()).putLong(backup.parent());
        out.putLong(backup.sequence()).putLong(backup.timeMillis());
        out.putInt(backup.files().size()).putInt(manifest.length);
        for (BackupFile file : backup.files()) {
            ChangeFileInfo change = file.change();
            boolean data = change == null;
            out.putLong(file.sizeBytes()).putInt(file.checksum()).putInt(file.tail());
            out.putLong(data ? 0 : change.generation());
            out.putLong(data ? 0 : change.firstSequence())
                    .putLong(data ? 0 : change.nextSequence());
            out.putLong(data ? 0 : change.firstClock()).putLong(data ? 0 : change.lastClock());
            out.putShort((short) file.name().length());
            out.put(file.name().getBytes(StandardCharsets.US_ASCII));
        }
        out.put(manifest);
        out.putInt(12, checksum(out.array()));
        return out.array();
    }

    private static int checksum(byte[] bytes) {
        MemorySegment all = MemorySegment.ofArray(bytes);
        return Checksum.bound(
                Checksum.crc32c(all, CHECKED_FROM, bytes.length - CHECKED_FROM),
                all.get(Bytes.INT, 8),
                bytes.length);
    }

    /// Looks whether the bytes are a description.
    ///
    /// @throws CorruptionException if they are not, or are damaged
    public static void check(byte[] bytes, String name) {
        decode(bytes, name);
    }

    /// Reads a description.
    ///
    /// @throws CorruptionException if the bytes are not one, whole and of this version
    static BackupDescription decode(byte[] bytes, String name) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < HEADER.size() || in.getLong() != MAGIC) {
            throw new CorruptionException("backup: not a description", name, 0);
        }
        int version = in.getInt();
        if (in.getInt() != checksum(bytes) || in.getLong() != bytes.length) {
            throw new CorruptionException("backup: checksum mismatch", name, 12);
        }
        if (version != VERSION) {
            throw new CorruptionException(
                    "backup: unknown format version=" + version + " known=" + VERSION, name, 8);
        }
        try {
            return decode(in, bytes, name);
        } catch (BufferUnderflowException
                | IllegalArgumentException
                | IndexOutOfBoundsException
                | NegativeArraySizeException e) {
            throw new CorruptionException("backup: field out of range", name, in.position(), e);
        }
    }

    private static BackupDescription decode(ByteBuffer in, byte[] bytes, String name) {
        long database = in.getLong();
        long number = in.getLong();
        long parent = in.getLong();
        long sequence = in.getLong();
        long timeMillis = in.getLong();
        int count = in.getInt();
        int manifestSize = in.getInt();
        List<BackupFile> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(decodeFile(in, name));
        }
        int at = in.position();
        if (manifestSize != bytes.length - at) {
            throw new IllegalArgumentException("manifest size=" + manifestSize);
        }
        ManifestState state =
                ManifestFormat.decode(Arrays.copyOfRange(bytes, at, bytes.length), name);
        if (state.database() != database || numberOf(name) != number || parent >= number) {
            throw new IllegalArgumentException("number=" + number + " parent=" + parent);
        }
        return new BackupDescription(number, parent, sequence, timeMillis, files, state);
    }

    private static BackupFile decodeFile(ByteBuffer in, String description) {
        long size = in.getLong();
        int checksum = in.getInt();
        int tail = in.getInt();
        long generation = in.getLong();
        long first = in.getLong();
        long next = in.getLong();
        long from = in.getLong();
        long to = in.getLong();
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        String name = new String(bytes, StandardCharsets.US_ASCII);
        if (!isFileName(name)
                || size < 0
                || generation != Math.max(0, ChangeFormat.generationOf(name))) {
            throw new CorruptionException(
                    "backup: a file that is none of ours", description, in.position());
        }
        var change =
                generation == 0
                        ? null
                        : new ChangeFileInfo(generation, first, next, from, to, 0, size);
        return new BackupFile(name, size, checksum, tail, change);
    }
}
