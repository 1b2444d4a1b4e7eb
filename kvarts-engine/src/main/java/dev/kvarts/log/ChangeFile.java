package dev.kvarts.log;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Lz4;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// A file of past changes that is being read, block by block. It stays readable when it is deleted
/// meanwhile.
///
/// Thread safety: one thread.
final class ChangeFile implements AutoCloseable {
    private final ReadableFile file;
    private final MemorySegment segment;
    private final ChangeFileInfo info;
    private final long blocksEnd;
    private long at = ChangeFormat.HEADER_SIZE;
    private long blockAt;

    /// @throws CorruptionException if it is not such a file, whole and of this database
    ChangeFile(Directory directory, String name, long database) throws IOException {
        this(directory, name, ChangeFormat.generationOf(name), database);
    }

    /// As above, of a file that may have any name.
    ChangeFile(Directory directory, String name, long generation, long database)
            throws IOException {
        this.file = directory.open(name, true);
        this.segment = file.mapped();
        try {
            this.info = check(segment, name, generation, database);
            this.blocksEnd = ChangeFormat.blocksEnd(segment);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static ChangeFileInfo check(
            MemorySegment segment, String name, long generation, long database) {
        if (segment.byteSize() < ChangeFormat.HEADER_SIZE + ChangeFormat.FOOTER_SIZE
                || !ChangeFormat.headerValid(segment)) {
            throw new CorruptionException("changes: header is damaged", name, 0);
        }
        if (ChangeFormat.version(segment) != ChangeFormat.VERSION) {
            throw new CorruptionException(
                    "changes: unknown format version="
                            + ChangeFormat.version(segment)
                            + " known="
                            + ChangeFormat.VERSION,
                    name,
                    8);
        }
        if (ChangeFormat.database(segment) != database
                || ChangeFormat.generation(segment) != generation) {
            throw new CorruptionException("changes: of another database or name", name, 16);
        }
        if (!ChangeFormat.footerValid(segment)) {
            throw new CorruptionException(
                    "changes: footer is damaged",
                    name,
                    segment.byteSize() - ChangeFormat.FOOTER_SIZE);
        }
        return ChangeFormat.info(segment);
    }

    ChangeFileInfo info() {
        return info;
    }

    long clock() {
        return ChangeFormat.clock(segment);
    }

    /// Names of keyspaces that occur in it.
    Map<Integer, String> names() {
        Map<Integer, String> names = new HashMap<>();
        long end = segment.byteSize() - ChangeFormat.FOOTER_SIZE;
        for (long name = blocksEnd; name < end; ) {
            byte[] bytes = ChangeFormat.name(segment, name, end);
            if (bytes == null) {
                throw damaged("changes: names are damaged", name);
            }
            names.put(segment.get(Bytes.INT, name), new String(bytes, StandardCharsets.UTF_8));
            name += ChangeFormat.NAME_SIZE + bytes.length;
        }
        return names;
    }

    /// The records of the next block that has a sequence number of at least `from`; null if there
    /// is none.
    MemorySegment nextBlock(long from) {
        while (at < blocksEnd) {
            if (!ChangeFormat.blockPlausible(segment, at, blocksEnd)) {
                throw damaged("changes: block is damaged", at);
            }
            blockAt = at;
            at += ChangeFormat.BLOCK_SIZE + ChangeFormat.storedSize(segment, at);
            if (ChangeFormat.lastSequence(segment, blockAt) >= from) {
                return records();
            }
        }
        return null;
    }

    /// Where the last block begins.
    long blockAt() {
        return blockAt;
    }

    private MemorySegment records() {
        if (!ChangeFormat.blockValid(segment, blockAt, info.generation())) {
            throw damaged("changes: block is damaged", blockAt);
        }
        long stored = ChangeFormat.storedSize(segment, blockAt);
        long raw = ChangeFormat.rawSize(segment, blockAt);
        MemorySegment records = Arena.ofAuto().allocate(raw, 8);
        long from = blockAt + ChangeFormat.BLOCK_SIZE;
        if (ChangeFormat.codec(segment, blockAt) == ChangeFormat.CODEC_NONE) {
            MemorySegment.copy(segment, from, records, 0, raw);
            return records;
        }
        try {
            Lz4.decompress(segment, from, Math.toIntExact(stored), records, 0, (int) raw);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new CorruptionException("changes: block is damaged", file.name(), blockAt, e);
        }
        return records;
    }

    private CorruptionException damaged(String what, long offset) {
        return new CorruptionException(what, file.name(), offset);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
