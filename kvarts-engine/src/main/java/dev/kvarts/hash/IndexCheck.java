package dev.kvarts.hash;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.io.DamageReport;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.manifest.HashedMeta;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Reads a whole maplet checkpoint: header, tables, dead bits and partitions.
public final class IndexCheck {
    private IndexCheck() {}

    /// Returns the size of the file.
    ///
    /// @throws dev.kvarts.api.CorruptionException if header or tables are damaged
    public static long check(
            Directory directory, long database, HashedMeta meta, DamageReport report)
            throws IOException {
        String name = IndexFormat.fileName(meta.checkpoint());
        try (ReadableFile file = directory.open(name, true)) {
            MemorySegment segment = file.mapped();
            var header =
                    IndexFormat.readHeader(
                            segment, name, database, meta.number(), meta.checkpoint());
            for (IndexFormat.RunEntry run : header.runs()) {
                long size = (run.records() + 63 >>> 6) * 8;
                if (!IndexFormat.blobValid(
                        segment, run.offset(), size, run.checksum(), header.number())) {
                    report.damaged(name, run.offset(), "maplet checkpoint: dead bits are damaged");
                }
            }
            for (int partition = 0; partition < 1 << header.partitionBits(); partition++) {
                long entry =
                        header.partitionTable()
                                + (long) partition * IndexFormat.PARTITION_ENTRY_SIZE;
                long offset = segment.get(Bytes.LONG, entry);
                long size =
                        8L * segment.get(Bytes.INT, entry + 8)
                                + 2L * segment.get(Bytes.INT, entry + 12);
                if (!IndexFormat.blobValid(
                        segment,
                        offset,
                        size,
                        segment.get(Bytes.INT, entry + 16),
                        header.number())) {
                    report.damaged(name, offset, "maplet checkpoint: partition is damaged");
                }
            }
            return file.size();
        }
    }
}
