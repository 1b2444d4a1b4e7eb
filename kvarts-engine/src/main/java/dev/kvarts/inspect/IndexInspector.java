package dev.kvarts.inspect;

import dev.kvarts.bytes.Layout;
import dev.kvarts.hash.IndexFormat;

import java.lang.foreign.MemorySegment;

/// A maplet checkpoint: header and tables, then the dead bits of each run and the partitions, which
/// are its units.
///
/// If the tables are damaged nobody knows where the units are: they are looked at where the tables
/// say, and described as they fit or do not, but only the tables are a problem.
final class IndexInspector {
    // Fixed at construction.
    private final String name;
    private final MemorySegment segment;
    private final Report report;

    private boolean sound;
    private long number;
    private int runs;
    private long end; // of the unit before
    private final boolean[] known = new boolean[256]; // run ids of the run table

    IndexInspector(String name, MemorySegment segment, Report report) {
        this.name = name;
        this.segment = segment;
        this.report = report;
    }

    void run() {
        if (!report.fields(IndexFormat.HEADER, 0, "")) {
            report.problem(0, "file ends within its header");
            return;
        }
        boolean identity = report.identity();
        long headBytes = IndexFormat.headBytes(segment);
        if (headBytes < 0 || identity && !IndexFormat.headValid(segment, headBytes)) {
            report.problem(0, "header or tables are damaged");
        } else {
            sound = IndexFormat.headValid(segment, headBytes);
        }
        if (headBytes < 0) {
            return;
        }
        number =
                sound
                        ? IndexFormat.HEADER.number("number", segment, 0)
                        : FileKind.MAPLET_CHECKPOINT.numberIn(name);
        runs = (int) IndexFormat.HEADER.number("runs", segment, 0);
        int partitions = (int) IndexFormat.HEADER.number("partitions", segment, 0);
        long bits = IndexFormat.HEADER.number("partition bits", segment, 0);
        if (sound && (bits > 16 || partitions != 1 << bits)) {
            problem(0, "partitions are not 2 to the power of partition bits");
        }
        end = headBytes;
        for (int i = 0; i < runs; i++) {
            deadBits(IndexFormat.runEntryOffset(i));
        }
        for (int i = 0; i < partitions; i++) {
            partition(i, IndexFormat.partitionEntryOffset(runs, i));
        }
        if (end != segment.byteSize()) {
            problem(Math.min(end, segment.byteSize()), "units do not end where the file ends");
        }
    }

    private void problem(long offset, String what) {
        if (sound) {
            report.problem(offset, what);
        }
    }

    private void deadBits(long entry) {
        Layout layout = IndexFormat.RUN_ENTRY;
        long offset = layout.number("offset", segment, entry);
        long records = layout.number("records", segment, entry);
        long id = layout.number("id", segment, entry);
        if (id >= known.length) {
            problem(entry, "run id out of range");
        } else {
            known[(int) id] = true;
        }
        long size =
                records < 0 || records > Byte.SIZE * segment.byteSize()
                        ? -1
                        : IndexFormat.deadBitsBytes(records);
        boolean fits = fits(offset, size, layout.number("checksum", segment, entry));
        report.unit(
                offset,
                size,
                () ->
                        "dead bits of run "
                                + layout.number("number", segment, entry)
                                + ", id "
                                + id
                                + ", "
                                + records
                                + " records, "
                                + layout.number("dead bytes", segment, entry)
                                + " bytes dead"
                                + (fits ? "" : ": damaged"));
        if (!fits) {
            problem(offset, "dead bits are damaged");
        }
        end = offset + size;
    }

    private void partition(int partition, long entry) {
        Layout layout = IndexFormat.PARTITION_ENTRY;
        long offset = layout.number("offset", segment, entry);
        long blocks = layout.number("blocks", segment, entry);
        long entries = layout.number("entries", segment, entry);
        long size = IndexFormat.partitionBytes(blocks, entries);
        boolean fits = fits(offset, size, layout.number("checksum", segment, entry));
        report.unit(
                offset,
                size,
                () ->
                        "partition "
                                + partition
                                + ": entries "
                                + entries
                                + ", blocks "
                                + blocks
                                + (fits ? "" : ": damaged"));
        if (!fits) {
            problem(offset, "partition is damaged");
        } else if (IndexFormat.groupSizes(segment, offset, blocks) != entries) {
            problem(offset, "group sizes do not add up to the entries");
        } else if (!runsKnown(offset, blocks, entries)) {
            problem(offset, "entry names a run that is not in the run table");
        }
        end = offset + size;
    }

    private boolean runsKnown(long offset, long blocks, long entries) {
        for (long i = 0; i < entries; i++) {
            if (!known[IndexFormat.entryRun(segment, offset, blocks, i)]) {
                return false;
            }
        }
        return true;
    }

    /// Whether the unit follows the one before, lies in the file and has this checksum.
    private boolean fits(long offset, long size, long checksum) {
        return size >= 0
                && offset == end
                && size <= segment.byteSize() - offset
                && (int) checksum
                        == IndexFormat.blobChecksum(segment, offset, size, offset, number);
    }
}
