package dev.kvarts.log;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.StorageException;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The commit log of a database that another process may have open, by what its files say.
///
/// How far a generation is durable stands in its header, where its writer stores it after each
/// force; of one that another follows, the next header says where it ended; of those from before
/// the last opening the manifest does. Nothing else is believed: what lies behind may be lost in a
/// crash, or was lost in one.
///
/// Its writer may take a file away at any moment, to write another generation into it. So records
/// are copied first and checked afterwards; one that does not fit its checksum is damaged only if
/// the file is still of that generation.
///
/// Thread safety: one thread.
final class FollowedLog implements LogTail {
    /// What the header of a segment says.
    ///
    /// @param forced whether anything of it was forced, and with it all that came before
    private record Header(
            String name, long generation, long firstSequence, long previousEnd, boolean forced) {}

    private static final MemorySegment NONE = MemorySegment.ofArray(new byte[0]);

    // Fixed at construction.
    private final Directory directory;
    private final LogBounds.Source source;
    private final long database;

    // As of the last look.
    private LogBounds bounds;
    private TreeMap<Long, Header> headers = new TreeMap<>(); // by generation

    private ReadableFile file; // of the generation that is being read, null if none
    private long opened; // that generation

    FollowedLog(Directory directory, LogBounds.Source source) throws IOException {
        this.directory = directory;
        this.source = source;
        this.bounds = source.read();
        this.database = bounds.database();
    }

    long database() {
        return database;
    }

    /// Looks at the headers of all segments.
    private void look() throws IOException {
        LogBounds now = source.read(); // first: what the log gives up later is in a file of changes
        if (now.database() != database) {
            throw new StorageException("changes: the directory has another database by now", null);
        }
        TreeMap<Long, Header> found = new TreeMap<>();
        for (String name : directory.list()) {
            Header header = LogRecovery.slotOf(name) < 0 ? null : header(name);
            if (header != null && header.generation >= now.floor()) {
                found.put(header.generation, header);
            }
        }
        // An opening is under way that has not said yet where the generations before it ended.
        for (Header header : found.values()) {
            if (header.previousEnd == 0
                    && header.generation > now.open()
                    && now.end(header.generation) == null) {
                found.tailMap(header.generation, true).clear();
                break;
            }
        }
        bounds = now;
        headers = found;
    }

    /// Null if it is no segment of this database, or is being made one.
    private Header header(String name) throws IOException {
        MemorySegment bytes;
        try (ReadableFile segment = directory.open(name, false)) {
            if (segment.size() < LogFormat.HEADER_SIZE) {
                return null;
            }
            bytes = header(segment);
        } catch (IOException e) {
            if (directory.exists(name)) {
                throw e;
            }
            return null;
        }
        if (!LogFormat.headerValid(bytes) || LogFormat.database(bytes) != database) {
            return null;
        }
        int version = LogFormat.version(bytes);
        if (version < LogFormat.VERSION_MIN || version > LogFormat.VERSION) {
            throw new CorruptionException("commit log: unknown format version=" + version, name, 8);
        }
        long generation = LogFormat.generation(bytes);
        return new Header(
                name,
                generation,
                LogFormat.firstSequence(bytes),
                LogFormat.previousEnd(bytes),
                LogFormat.statedDurableEnd(bytes, generation) != 0);
    }

    private static MemorySegment header(ReadableFile segment) throws IOException {
        var bytes = MemorySegment.ofArray(new byte[LogFormat.HEADER_SIZE]);
        segment.read(0, bytes);
        return bytes;
    }

    @Override
    public List<Generation> generations() throws IOException {
        look();
        List<Generation> all = new ArrayList<>();
        headers.values()
                .forEach(each -> all.add(new Generation(each.generation, each.firstSequence)));
        return all;
    }

    /// Refuses a sequence number that is ahead of everything there is.
    void requireGivenOut(long from) throws IOException {
        look();
        long last = headers.isEmpty() ? LogFormat.SEQUENCE_MAX : lastSequence();
        if (from < 0 || from > last + 1) {
            throw new IllegalArgumentException(
                    "changes: sequence was never given out: sequence=" + from + " last=" + last);
        }
    }

    private long lastSequence() throws IOException {
        long last = 0;
        for (Header each : headers.descendingMap().values()) {
            last = Math.max(last, each.firstSequence - 1);
            long at = LogFormat.HEADER_SIZE;
            for (Chunk chunk = read(each.generation, at, ChangeReader.CHUNK_BYTES);
                    chunk != null && chunk.records().byteSize() > 0;
                    chunk = read(each.generation, at, ChangeReader.CHUNK_BYTES)) {
                last = Math.max(last, lastOf(chunk.records()));
                at += chunk.records().byteSize();
            }
            if (at > LogFormat.HEADER_SIZE) {
                break;
            }
        }
        return last;
    }

    private static long lastOf(MemorySegment records) {
        long last = 0;
        for (long at = 0; at < records.byteSize(); ) {
            last = LogFormat.sequence(records, at) + LogFormat.count(records, at) - 1;
            at += LogFormat.recordSize(LogFormat.payloadSize(records, at));
        }
        return last;
    }

    @Override
    public Chunk read(long generation, long at, long bytesMax) throws IOException {
        if (!open(generation)) {
            return null;
        }
        long durable = LogFormat.statedDurableEnd(header(file), generation);
        if (at < durable) {
            return chunk(at, durable, bytesMax);
        }
        look();
        Header next = headers.isEmpty() ? null : after(generation);
        Long end = bounds.end(generation);
        if (end == null && next != null && laterForced(generation)) {
            if (next.generation != generation + 1) {
                closeFile();
                return null; // the one between is in a file of changes, and so is this one
            }
            end = next.previousEnd;
        }
        if (!headers.containsKey(generation)) {
            closeFile();
            return null;
        }
        if (end == null) {
            durable = LogFormat.statedDurableEnd(header(file), generation);
            return at < durable ? chunk(at, durable, bytesMax) : new Chunk(NONE, file.name(), 0);
        }
        return at < end
                ? chunk(at, end, bytesMax)
                : new Chunk(NONE, file.name(), next == null ? 0 : next.firstSequence);
    }

    private Header after(long generation) {
        Map.Entry<Long, Header> next = headers.higherEntry(generation);
        return next == null ? null : next.getValue();
    }

    private boolean laterForced(long generation) {
        return headers.tailMap(generation, false).values().stream().anyMatch(Header::forced);
    }

    /// Whole records between two offsets; null if the file has another generation by now.
    private Chunk chunk(long at, long end, long bytesMax) throws IOException {
        long limit = Math.min(end, file.size());
        MemorySegment copy = copy(at, Math.min(limit - at, bytesMax));
        if (copy.byteSize() >= LogFormat.RECORD_HEADER_SIZE) {
            long payload = LogFormat.payloadSize(copy, 0);
            boolean fits = payload > 0 && payload <= limit - at - LogFormat.RECORD_HEADER_SIZE;
            if (fits && LogFormat.recordSize(payload) > copy.byteSize()) {
                copy = copy(at, LogFormat.recordSize(payload));
            }
        }
        long to = 0;
        for (long record = 1; record > 0 && to < copy.byteSize(); to += record) {
            record = LogFormat.validRecord(copy, to, at + to, opened);
        }
        if (to > 0) {
            return new Chunk(copy.asSlice(0, to), file.name(), 0);
        }
        MemorySegment header = header(file);
        boolean same = LogFormat.headerValid(header) && LogFormat.generation(header) == opened;
        String name = file.name();
        closeFile();
        if (same) {
            throw new CorruptionException("commit log: record is damaged", name, at);
        }
        return null;
    }

    private MemorySegment copy(long at, long size) throws IOException {
        MemorySegment copy = Arena.ofAuto().allocate(size, LogFormat.ALIGNMENT);
        file.read(at, copy);
        return copy;
    }

    private boolean open(long generation) throws IOException {
        if (file != null && opened == generation) {
            return true;
        }
        closeFile();
        Header header = headers.get(generation);
        if (header == null) {
            look();
            header = headers.get(generation);
        }
        if (header == null) {
            return false;
        }
        try {
            file = directory.open(header.name, false);
            opened = generation;
        } catch (IOException e) {
            if (directory.exists(header.name)) {
                throw e;
            }
            return false;
        }
        return true;
    }

    private void closeFile() throws IOException {
        if (file != null) {
            file.close();
            file = null;
        }
    }

    @Override
    public void close() throws IOException {
        closeFile();
    }
}
