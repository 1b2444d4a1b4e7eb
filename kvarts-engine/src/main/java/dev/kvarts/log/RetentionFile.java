package dev.kvarts.log;

import dev.kvarts.api.ChangeRetention;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.WritableFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/// What is retained of past changes, as a file, version 1: so that who opens the database without
/// saying anything about it does not end the change stream of others. There is none where nothing
/// is retained. Little-endian.
///
/// | offset | size | field    | meaning                                            |
/// |-------:|-----:|----------|----------------------------------------------------|
/// |      0 |    8 | magic    | `KVARTSCR`                                         |
/// |      8 |    4 | version  | 1                                                  |
/// |     12 |    4 | checksum | CRC32C of bytes 16 .. 32, bound to the version     |
/// |     16 |    8 | bytes    | most that files of past changes take, 0 no limit   |
/// |     24 |    8 | age      | of changes at most, in milliseconds, 0 no limit    |
public final class RetentionFile {
    public static final long MAGIC = 0x5243_5354_5241_564BL; // "KVARTSCR"
    public static final int VERSION = 1;
    public static final String FILE = "retention";
    private static final String TEMPORARY_FILE = "retention.new";
    private static final int SIZE = 32;
    private static final int CHECKED_FROM = 16;

    public static final Layout CONTENT =
            Layout.begin()
                    .text("magic", 8)
                    .number("version", 4)
                    .hex("checksum", 4)
                    .number("bytes", 8)
                    .number("age", 8);

    private RetentionFile() {}

    /// Whether it is as it was written.
    public static boolean valid(MemorySegment file) {
        return file.byteSize() == SIZE
                && file.get(Bytes.LONG, 0) == MAGIC
                && file.get(Bytes.INT, 12) == checksum(file)
                && file.get(Bytes.LONG, 16) >= 0
                && file.get(Bytes.LONG, 24) >= 0;
    }

    private static int checksum(MemorySegment file) {
        int crc = Checksum.crc32c(file, CHECKED_FROM, SIZE - CHECKED_FROM);
        return Checksum.bound(crc, file.get(Bytes.INT, 8), SIZE);
    }

    /// What the directory says, and from now on says if `wanted` is not null.
    static ChangeRetention settle(Directory directory, ChangeRetention wanted) throws IOException {
        ChangeRetention stored = read(directory);
        if (wanted == null || wanted.equals(stored)) {
            return stored;
        }
        if (!wanted.enabled()) {
            directory.delete(FILE);
        } else {
            write(directory, wanted);
        }
        directory.sync();
        return wanted;
    }

    private static ChangeRetention read(Directory directory) throws IOException {
        if (!directory.exists(FILE)) {
            return ChangeRetention.NONE;
        }
        try (ReadableFile file = directory.open(FILE, false)) {
            MemorySegment content = MemorySegment.ofArray(new byte[SIZE]);
            if (file.size() == SIZE) {
                file.read(0, content);
            }
            if (!valid(content)) {
                throw new CorruptionException("retention: file is damaged", FILE, 0);
            }
            if (content.get(Bytes.INT, 8) != VERSION) {
                throw new CorruptionException(
                        "retention: unknown format version="
                                + content.get(Bytes.INT, 8)
                                + " known="
                                + VERSION,
                        FILE,
                        8);
            }
            return new ChangeRetention(
                    content.get(Bytes.LONG, 16), Duration.ofMillis(content.get(Bytes.LONG, 24)));
        }
    }

    private static void write(Directory directory, ChangeRetention retention) throws IOException {
        MemorySegment content = MemorySegment.ofArray(new byte[SIZE]);
        content.set(Bytes.LONG, 0, MAGIC);
        content.set(Bytes.INT, 8, VERSION);
        content.set(Bytes.LONG, 16, retention.bytes());
        content.set(Bytes.LONG, 24, retention.age().toMillis());
        content.set(Bytes.INT, 12, checksum(content));
        try (WritableFile file = directory.create(TEMPORARY_FILE)) {
            file.append(content);
            file.force();
        }
        directory.rename(TEMPORARY_FILE, FILE);
    }
}
