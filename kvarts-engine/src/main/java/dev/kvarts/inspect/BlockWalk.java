package dev.kvarts.inspect;

import dev.kvarts.api.Limits;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.table.BlockFormat;
import dev.kvarts.table.TableFormat;
import dev.kvarts.table.TableFormat.Sections;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Walks over the blocks of a table whose index is whole: their checksums, the order of their
/// entries, that separators separate, and the counts. Of compressed blocks only the checksum is
/// looked at.
final class BlockWalk {
    // Fixed at construction.
    private final MemorySegment segment;
    private final Report report;
    private final long table;
    private final Sections sections;

    // The entry before; no key if it is unknown.
    private byte[] key;
    private long sequence;

    // Counts.
    private boolean complete = true;
    private long entries;
    private long keys;
    private long tombstones;
    private long keyBytes;
    private long valueBytes;
    private final ExpiryTimes.Builder expiries = new ExpiryTimes.Builder();
    private long rawBytes;

    BlockWalk(MemorySegment segment, Report report, long table, Sections sections) {
        this.segment = segment;
        this.report = report;
        this.table = table;
        this.sections = sections;
    }

    void run() {
        long expected = TableFormat.PAGE_SIZE;
        for (long block = 0; block < sections.blocks(); block++) {
            long at = entry("offset", block);
            long end =
                    block + 1 < sections.blocks() ? entry("offset", block + 1) : sections.filter();
            boolean placed =
                    (block == 0 ? at == expected : at > expected)
                            && end > at + BlockFormat.STORED_HEADER_SIZE
                            && end <= sections.filter();
            if (!placed) {
                report.problem(
                        sections.index() + block * TableFormat.INDEX_ENTRY_SIZE,
                        "index leads out of the blocks");
                return;
            }
            block(block, at, end - at);
            expected = at;
        }
        if (complete && !countsFit()) {
            report.problem(
                    sections.trailer(),
                    "counts differ from the trailer, counted entries="
                            + entries
                            + " keys="
                            + keys
                            + " tombstones="
                            + tombstones
                            + " key bytes="
                            + keyBytes
                            + " value bytes="
                            + valueBytes);
        }
    }

    private long entry(String field, long block) {
        long at = sections.index() + block * TableFormat.INDEX_ENTRY_SIZE;
        return TableFormat.INDEX_ENTRY.number(field, segment, at);
    }

    private void block(long block, long at, long size) {
        int codec = BlockFormat.codec(segment, at);
        int imageSize = BlockFormat.imageSize(segment, at);
        long image = at + BlockFormat.STORED_HEADER_SIZE;
        if (!BlockFormat.valid(segment, at, size, table, at)) {
            report.unit(at, size, () -> "block " + block + ": damaged");
            problem(at, "block is damaged");
        } else if (codec != 0) {
            report.unit(
                    at,
                    size,
                    () ->
                            "block "
                                    + block
                                    + ": "
                                    + imageSize
                                    + " bytes, compressed by codec "
                                    + codec);
            complete = false;
            key = null;
        } else if (imageSize > size - BlockFormat.STORED_HEADER_SIZE
                || !BlockFormat.sound(segment, image, imageSize)) {
            report.unit(at, size, () -> "block " + block + ": impossible");
            problem(at, "block holds more than fits");
        } else {
            report.unit(at, size, () -> describe(block, image));
            rawBytes += imageSize;
            String wrong = follow(block, image);
            if (wrong != null) {
                problem(at, wrong);
            }
        }
    }

    private void problem(long at, String what) {
        report.problem(at, what);
        complete = false;
        key = null;
    }

    /// Follows the entries of a block. Returns what is wrong with them, or null.
    private String follow(long block, long image) {
        byte[] separator = separator(block);
        if (separator == null) {
            return "separator lies elsewhere";
        }
        if (key != null && Arrays.compareUnsigned(key, separator) >= 0) {
            return "separator is not higher than the keys before";
        }
        boolean known = key != null;
        for (int i = 0; i < BlockFormat.count(segment, image); i++) {
            BlockFormat.Entry entry = BlockFormat.entry(segment, image, i);
            int order = key == null ? -1 : Arrays.compareUnsigned(key, entry.key());
            if (order > 0 || order == 0 && entry.sequence() >= sequence) {
                return "entries are out of order, entry=" + i;
            }
            if (i == 0 && Arrays.compareUnsigned(separator, entry.key()) > 0) {
                boolean goesOn = // with versions of the last key before
                        separator.length == entry.key().length + 1
                                && Arrays.equals(
                                        entry.key(),
                                        Arrays.copyOf(separator, separator.length - 1));
                if (!goesOn || known && order != 0) {
                    return "separator is higher than the first key";
                }
            }
            key = entry.key();
            sequence = entry.sequence();
            count(entry, order != 0);
        }
        return null;
    }

    private byte[] separator(long block) {
        long start = block == 0 ? 0 : entry("separator end", block - 1);
        long end = entry("separator end", block);
        long all = sections.rangeTombstones() - sections.separators();
        boolean within =
                start >= 0 && start <= end && end <= all && end - start <= Limits.KEY_SIZE_MAX + 1;
        return within
                ? Bytes.copyOut(segment, sections.separators() + start, (int) (end - start))
                : null;
    }

    private void count(BlockFormat.Entry entry, boolean newKey) {
        entries++;
        keys += newKey ? 1 : 0;
        tombstones += EntryFormat.isTombstone(entry.kind()) ? 1 : 0;
        keyBytes += entry.key().length;
        valueBytes += EntryFormat.isPut(entry.kind()) ? entry.valueSize() : 0;
        expiries.add(EntryFormat.expiry(entry.kind(), segment, entry.valueOffset()));
    }

    private boolean countsFit() {
        return entries == stated("entries")
                && keys == stated("keys")
                && tombstones == stated("tombstones")
                && keyBytes == stated("key bytes")
                && valueBytes == stated("value bytes")
                && expiries.build().equals(statedExpiries())
                && rawBytes == stated("raw bytes");
    }

    private ExpiryTimes statedExpiries() {
        return sections.expiry() == sections.firstKey()
                ? ExpiryTimes.NONE
                : ExpiryTimes.read(segment, sections.expiry());
    }

    private long stated(String field) {
        return TableFormat.TRAILER.number(field, segment, sections.trailer());
    }

    private String describe(long block, long image) {
        int count = BlockFormat.count(segment, image);
        BlockFormat.Entry first = BlockFormat.entry(segment, image, 0);
        MemorySegment firstKey = MemorySegment.ofArray(first.key());
        return "block "
                + block
                + ": entries="
                + count
                + ", first "
                + (EntryFormat.isTombstone(first.kind())
                        ? "deletes "
                        : EntryFormat.isPointer(first.kind()) ? "points from " : "has ")
                + "key "
                + Preview.of(firstKey, 0, first.key().length, first.key().length);
    }
}
