package dev.kvarts.inspect;

import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Layout;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.log.LogFormat;

import java.lang.foreign.MemorySegment;
import java.time.Instant;

/// One segment of the commit log: its header and the records of its generation.
///
/// Behind the last record lies whatever the file held before. So a record that is not valid is the
/// end, unless something says that there was more: the durable end in the header, a later record of
/// the same generation, or the [KnownEnd] of the generation. Then it is damage, and the walk goes
/// on at the next record that is valid.
final class LogInspector {
    private static final int ENTRY_SIZE_MIN = EntryFormat.HEADER_SIZE + 1; // a key or a value
    private static final long SEQUENCE_STEP_MAX = 1L << 40; // plausible between two records

    // Fixed at construction.
    private final Directory directory;
    private final String name;
    private final MemorySegment segment;
    private final Report report;
    private final long size;

    private long generation;
    private long lastSequence;

    LogInspector(Directory directory, String name, MemorySegment segment, Report report) {
        this.directory = directory;
        this.name = name;
        this.segment = segment;
        this.report = report;
        this.size = segment.byteSize();
    }

    void run() {
        if (!report.fields(LogFormat.HEADER, 0, "")) {
            report.problem(0, "file ends within its header");
            return;
        }
        if (Layout.allZero(segment, 0, size)) {
            report.field(
                    LogFormat.HEADER_SIZE,
                    size - LogFormat.HEADER_SIZE,
                    "state",
                    "spare, never used");
            return;
        }
        generation = LogFormat.generation(segment);
        boolean header = report.identity() && headerSound();
        lastSequence = header ? LogFormat.firstSequence(segment) - 1 : 0;
        long knownEnd =
                header
                        ? KnownEnd.of(directory, name, LogFormat.database(segment), generation)
                        : KnownEnd.UNKNOWN;
        long end = walk(header, knownEnd);
        report.field(
                end,
                size - end,
                "behind the records",
                Layout.allZero(segment, end, size - end)
                        ? "zeros"
                        : "what the file held before, or what a crash cut off");
    }

    private boolean headerSound() {
        if (!LogFormat.headerValid(segment)) {
            report.problem(0, "header is damaged");
            return false;
        }
        if (!LogFormat.durableEndValid(segment, generation)) {
            report.problem(
                    LogFormat.HEADER.field("durable end").offset(), "durable end is damaged");
        } else if (LogFormat.HEADER.number("reserved", segment, 0) != 0) {
            report.problem(LogFormat.HEADER.field("reserved").offset(), "reserved field is not 0");
        }
        return true;
    }

    /// Describes all records. Returns where they end.
    private long walk(boolean header, long knownEnd) {
        long stated = header ? LogFormat.statedDurableEnd(segment, generation) : 0;
        long certain = Math.max(stated, knownEnd);
        long limit = knownEnd == KnownEnd.UNKNOWN ? size : Math.min(size, knownEnd);
        if (certain > size) {
            report.problem(size, "file is cut off, its records end at offset=" + certain);
        }
        long at = LogFormat.HEADER_SIZE;
        long end = at;
        while (at < limit) {
            long record = LogFormat.validRecord(segment, at, generation);
            if (record > 0) {
                record(at, record);
                at += record;
                end = Math.min(at, size);
            } else {
                long next = nextValid(at, limit);
                if (next < limit || at < certain) {
                    report.problem(at, "record is damaged");
                    long from = at;
                    report.unit(
                            at, Math.min(next, limit) - at, () -> "damaged, from offset " + from);
                    end = Math.min(next, limit);
                }
                at = next;
            }
        }
        return Math.max(Math.min(end, size), LogFormat.HEADER_SIZE);
    }

    /// Where the next valid record begins, or `limit` if there is none.
    private long nextValid(long damaged, long limit) {
        long last = Math.min(limit, size - LogFormat.RECORD_HEADER_SIZE);
        for (long at = damaged + LogFormat.ALIGNMENT; at < last; at += LogFormat.ALIGNMENT) {
            if (plausible(at) && LogFormat.validRecord(segment, at, generation) > 0) {
                return at;
            }
        }
        return limit;
    }

    /// Cheap tests before a checksum is computed over what may be rubbish.
    private boolean plausible(long at) {
        long step = LogFormat.sequence(segment, at) - lastSequence;
        long count = LogFormat.count(segment, at);
        long payload = LogFormat.payloadSize(segment, at);
        return step > 0
                && step < SEQUENCE_STEP_MAX
                && count > 0
                && payload >= count * ENTRY_SIZE_MIN
                && payload <= size - at - LogFormat.RECORD_HEADER_SIZE
                && LogFormat.durableEnd(segment, at) <= at;
    }

    private void record(long at, long recordSize) {
        long sequence = LogFormat.sequence(segment, at);
        int count = LogFormat.count(segment, at);
        report.unit(at, Math.min(recordSize, size - at), () -> describe(at, sequence, count));
        if (sequence <= lastSequence) {
            report.problem(at, "sequence numbers do not rise, sequence=" + sequence);
        }
        lastSequence = sequence + count - 1;
        checkEntries(at, count);
    }

    private void checkEntries(long at, int count) {
        long entry = at + LogFormat.RECORD_HEADER_SIZE;
        long end = entry + LogFormat.payloadSize(segment, at);
        for (int i = 0; i < count; i++) {
            long entrySize = entrySize(entry, end);
            if (entrySize == 0) {
                report.problem(entry, "entry crosses its record");
                return;
            }
            byte kind = EntryFormat.kind(segment, entry);
            int keySize = EntryFormat.keySize(segment, entry);
            boolean range = kind == EntryFormat.RANGE_DELETE;
            boolean keyless = range || kind == EntryFormat.CLOCK || kind == EntryFormat.CATALOGUE;
            if (!EntryFormat.isLogged(kind)
                    || EntryFormat.valueSize(segment, entry) < EntryFormat.valueSizeMin(kind)
                    || EntryFormat.reserved(segment, entry) != 0
                    || keySize < (keyless ? 0 : Limits.KEY_SIZE_MIN)
                    || keySize > (range ? Limits.KEY_SIZE_MAX + 1 : Limits.KEY_SIZE_MAX)) {
                report.problem(entry, "entry out of range");
            }
            entry += entrySize;
        }
        if (entry != end) {
            report.problem(entry, "record goes on behind its entries");
        }
    }

    /// Bytes of the entry, or 0 if it does not end before `end`.
    private long entrySize(long entry, long end) {
        if (end - entry < EntryFormat.HEADER_SIZE) {
            return 0;
        }
        long entrySize =
                EntryFormat.HEADER_SIZE
                        + Integer.toUnsignedLong(EntryFormat.keySize(segment, entry))
                        + EntryFormat.valueSize(segment, entry);
        return entrySize <= end - entry ? entrySize : 0;
    }

    private String describe(long at, long sequence, int count) {
        String numbers =
                count == 1
                        ? "sequence " + sequence
                        : "sequences " + sequence + ".." + (sequence + count - 1);
        return numbers
                + ", durable to "
                + LogFormat.durableEnd(segment, at)
                + (LogFormat.earlierDurable(segment, at) ? " (and all before this file)" : "")
                + (count == 1 ? ": " : ", " + count + " entries, first: ")
                + describeEntry(at);
    }

    private String describeEntry(long at) {
        long entry = at + LogFormat.RECORD_HEADER_SIZE;
        if (entrySize(entry, entry + LogFormat.payloadSize(segment, at)) == 0) {
            return "damaged";
        }
        long keySize = Integer.toUnsignedLong(EntryFormat.keySize(segment, entry));
        String key = Preview.of(segment, entry + EntryFormat.HEADER_SIZE, keySize, keySize);
        long valueSize = EntryFormat.valueSize(segment, entry);
        long valueAt = entry + EntryFormat.HEADER_SIZE + keySize;
        byte kind = EntryFormat.kind(segment, entry);
        if (valueSize < EntryFormat.valueSizeMin(kind)) {
            return "damaged";
        }
        return switch (kind) {
            case EntryFormat.CLOCK ->
                    "clock " + Instant.ofEpochMilli(segment.get(Bytes.LONG, valueAt));
            case EntryFormat.DELETE -> "delete " + place(entry) + " key " + key;
            case EntryFormat.RANGE_DELETE ->
                    "delete range "
                            + place(entry)
                            + " from "
                            + (keySize == 0 ? "the beginning" : key)
                            + " to "
                            + (valueSize == 0
                                    ? "the end"
                                    : Preview.of(
                                            segment, valueAt + 1, valueSize - 1, valueSize - 1));
            case EntryFormat.CATALOGUE -> "catalogue of keyspaces, " + valueSize + " bytes";
            default -> {
                int prefix = EntryFormat.prefixSize(kind);
                long expiry = EntryFormat.expiry(kind, segment, valueAt);
                yield "put "
                        + place(entry)
                        + " key "
                        + key
                        + ", value of "
                        + (valueSize - prefix)
                        + " bytes"
                        + (expiry == 0 ? "" : ", expires " + Instant.ofEpochMilli(expiry));
            }
        };
    }

    private String place(long entry) {
        return "keyspace " + EntryFormat.keyspace(segment, entry);
    }
}
