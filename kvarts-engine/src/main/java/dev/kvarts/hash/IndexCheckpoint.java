package dev.kvarts.hash;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.WritableFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// A maplet checkpoint, open for loading partitions from it; and the writing of one.
///
/// Thread safety: any number of threads read; written by one job.
final class IndexCheckpoint {
    private final ReadableFile file;
    private final MemorySegment segment;
    private final IndexFormat.Header header;
    private final Map<Integer, Long> numberOfId = new HashMap<>();
    private boolean closed;

    private IndexCheckpoint(ReadableFile file, IndexFormat.Header header) {
        this.file = file;
        this.segment = file.mapped();
        this.header = header;
    }

    /// Dead bits of one run as the checkpoint has them.
    record DeadState(DeadBits bits, long records, long bytes) {}

    /// Opens a checkpoint and checks everything but the partitions, which are checked when they are
    /// read.
    ///
    /// @param dead receives the dead bits of each run that it knows, by run number
    static IndexCheckpoint open(
            Directory directory,
            long database,
            int keyspace,
            int partitionBits,
            long number,
            Map<Long, DeadState> dead)
            throws IOException {
        String name = IndexFormat.fileName(number);
        if (!directory.exists(name)) {
            throw new CorruptionException("maplet checkpoint: file is missing", name, 0);
        }
        ReadableFile file = directory.open(name, true);
        try {
            var header = IndexFormat.readHeader(file.mapped(), name, database, keyspace, number);
            if (header.partitionBits() != partitionBits) {
                throw new CorruptionException("maplet checkpoint: belongs elsewhere", name, 0);
            }
            var checkpoint = new IndexCheckpoint(file, header);
            for (IndexFormat.RunEntry run : header.runs()) {
                checkpoint.numberOfId.put(run.id(), run.number());
                dead.put(run.number(), checkpoint.readDead(run));
            }
            return checkpoint;
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private DeadState readDead(IndexFormat.RunEntry run) {
        long[] words = new long[(int) (run.records() + 63 >>> 6)];
        if (!IndexFormat.blobValid(
                segment, run.offset(), 8L * words.length, run.checksum(), header.number())) {
            throw new CorruptionException(
                    "maplet checkpoint: dead bits are damaged", file.name(), run.offset());
        }
        MemorySegment.copy(segment, Bytes.LONG, run.offset(), words, 0, words.length);
        long records = 0;
        for (long word : words) {
            records += Long.bitCount(word);
        }
        return new DeadState(new DeadBits(words), records, run.deadBytes());
    }

    /// The effect of all runs up to this number is in it.
    long appliedRun() {
        return header.appliedRun();
    }

    /// Puts one partition into the builder, without the entries of runs that are gone.
    void read(int partition, RunSet runs, MapletBuilder builder) {
        long table = header.partitionTable() + (long) partition * IndexFormat.PARTITION_ENTRY_SIZE;
        long offset = segment.get(Bytes.LONG, table);
        int blocks = segment.get(Bytes.INT, table + 8);
        int count = segment.get(Bytes.INT, table + 12);
        int checksum = segment.get(Bytes.INT, table + 16);
        long size = 8L * blocks + 2L * count;
        if (!IndexFormat.blobValid(segment, offset, size, checksum, header.number())) {
            throw new CorruptionException(
                    "maplet checkpoint: partition is damaged", file.name(), offset);
        }
        builder.begin(blocks);
        long entry = offset + 8L * blocks;
        for (int block = 0; block < blocks; block++) {
            long sizes = segment.get(Bytes.LONG, offset + 8L * block);
            for (int group = block << 3; group < block + 1 << 3; group++, sizes >>>= 8) {
                for (int i = (int) (sizes & 0xFF); i > 0; i--, entry += 2) {
                    int packed = Bytes.getUnsignedShort(segment, entry);
                    int id = packed & 0xFF;
                    Run run = runs.get(id);
                    if (run != null && run.number == numberOfId.getOrDefault(id, -1L)) {
                        builder.add(group << 8 | packed >>> 8, id);
                    }
                }
            }
        }
    }

    synchronized void close() {
        if (!closed) {
            closed = true;
            try {
                file.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /// Writes a checkpoint of the index as it is, durably but for its name. Requires: every
    /// partition is loaded and no job changes them. Returns the bytes written.
    static long write(
            Directory directory,
            long database,
            int keyspace,
            int partitionBits,
            long number,
            long appliedRun,
            List<Run> runs,
            MapletIndex index)
            throws IOException {
        int partitions = 1 << partitionBits;
        long offset = IndexFormat.headBytes(runs.size(), partitions);
        try (WritableFile out = directory.create(IndexFormat.fileName(number));
                Arena arena = Arena.ofConfined()) {
            MemorySegment head = arena.allocate(offset, 8);
            long at = IndexFormat.HEADER_SIZE;
            for (Run run : runs) {
                MemorySegment bits = IndexFormat.words(run.dead, arena);
                int checksum = IndexFormat.blobChecksum(bits, 0, bits.byteSize(), offset, number);
                IndexFormat.writeRunEntry(
                        head,
                        at,
                        new IndexFormat.RunEntry(
                                run.number,
                                run.id,
                                run.statistics.records(),
                                run.deadBytes(),
                                offset,
                                checksum));
                at += IndexFormat.RUN_ENTRY_SIZE;
                offset += bits.byteSize();
            }
            for (int partition = 0; partition < partitions; partition++) {
                Maplet maplet = index.get(partition);
                long sizes = 8L * maplet.blocks;
                int checksum = IndexFormat.partitionChecksum(maplet, offset, number);
                IndexFormat.writePartitionEntry(
                        head, at, offset, maplet.blocks, maplet.count, checksum);
                at += IndexFormat.PARTITION_ENTRY_SIZE;
                offset += sizes + 2L * maplet.count;
            }
            IndexFormat.writeHeader(
                    head,
                    database,
                    keyspace,
                    number,
                    appliedRun,
                    partitionBits,
                    runs.size(),
                    partitions);
            out.append(head);
            for (Run run : runs) {
                out.append(IndexFormat.words(run.dead, arena));
            }
            for (int partition = 0; partition < partitions; partition++) {
                Maplet maplet = index.get(partition);
                out.append(maplet.sizesSegment());
                out.append(maplet.entriesSegment());
            }
            out.force();
            return out.size();
        }
    }
}
