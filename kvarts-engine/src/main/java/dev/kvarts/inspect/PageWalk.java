package dev.kvarts.inspect;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.ExpiryTimes;
import dev.kvarts.hash.RunFormat;
import dev.kvarts.hash.RunStatistics;

import java.lang.foreign.MemorySegment;

/// Walks over the pages of a run, one after the other: their checksums, and that their records
/// follow each other without gaps.
///
/// After a damaged page the walk does not know what the next page carries, nor the number of its
/// first record; it takes the page's word and goes on.
final class PageWalk {
    private static final int PAGE = RunFormat.PAGE_SIZE;
    private static final int FULL_CARRY = PAGE - RunFormat.PAGE_HEADER_SIZE;
    private static final long UNKNOWN = -1;

    // Fixed at construction.
    private final MemorySegment segment;
    private final Report report;
    private final long run;
    private final int sequenceWidth;

    // What the next page must begin with.
    private long carry;
    private long ordinal;

    // Counts.
    private boolean damaged;
    private long records;
    private long tombstones;
    private long recordBytes;
    private long userBytes;
    private long sequenceMin = Long.MAX_VALUE; // relative to the run's base
    private long sequenceMax;
    private final ExpiryTimes.Builder expiries = new ExpiryTimes.Builder();

    /// @param sequenceWidth as the header has it, even if that is rubbish
    PageWalk(MemorySegment segment, Report report, long run, int sequenceWidth) {
        this.segment = segment;
        this.report = report;
        this.run = run;
        this.sequenceWidth = Math.clamp(sequenceWidth, 1, RunFormat.SEQUENCE_WIDTH_MAX);
    }

    void page(long page) {
        long at = RunFormat.pageOffset(page);
        if (!RunFormat.pageValid(segment, at, run, page)) {
            report.unit(at, PAGE, () -> "page " + page + ": damaged");
            problem(at, "page is damaged");
            return;
        }
        report.unit(at, PAGE, () -> describe(page, at));
        String wrong = follow(at);
        if (wrong != null) {
            problem(at, wrong);
        }
    }

    private void problem(long at, String what) {
        report.problem(at, what);
        damaged = true;
        carry = UNKNOWN;
        ordinal = UNKNOWN;
    }

    /// Follows the records of a page. Returns what is wrong with them, or null.
    private String follow(long at) {
        int count = RunFormat.count(segment, at);
        int carried = RunFormat.carry(segment, at);
        int keySize = RunFormat.keySize(segment, at);
        long first = RunFormat.firstOrdinal(segment, at);
        int position = RunFormat.contentOffset(count, keySize) + carried;
        if (position > PAGE) {
            return "page holds more than fits";
        }
        if (ordinal != UNKNOWN && ordinal != first) {
            return "first ordinal is not the next, expected=" + ordinal;
        }
        if (carry != UNKNOWN && carried != Math.min(carry, PAGE - RunFormat.PAGE_HEADER_SIZE)) {
            return "carry is not what the record leaves, left=" + carry;
        }
        long left = carry == UNKNOWN ? 0 : carry - carried;
        if (left > 0 && count > 0) {
            return "record begins before the last has ended";
        }
        long end = position;
        for (int i = 0; i < count; i++) {
            RunFormat.Head head = RunFormat.head(segment, at, i, sequenceWidth);
            if (head == null || head.offset() != end) {
                return "records do not follow each other, record=" + i;
            }
            end += head.recordSize();
            count(at, head);
        }
        boolean unknown = carry == UNKNOWN && count == 0;
        carry = unknown ? UNKNOWN : count == 0 ? left : Math.max(0, end - PAGE);
        ordinal = first + count;
        return null;
    }

    private void count(long at, RunFormat.Head head) {
        records++;
        expiries.add(EntryFormat.hasExpiry(head.kind()) ? expiry(at, head) : 0);
        tombstones += head.tombstone() ? 1 : 0;
        recordBytes += head.recordSize();
        userBytes += head.keySize() + head.valueSize();
        sequenceMin = Math.min(sequenceMin, head.relativeSequence());
        sequenceMax = Math.max(sequenceMax, head.relativeSequence());
    }

    /// When a record expires; its value may begin on a later page.
    private long expiry(long at, RunFormat.Head head) {
        long expiry = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            long offset = head.payload() + head.keySize() + i;
            long from = at + offset;
            if (offset >= PAGE) {
                long beyond = offset - PAGE;
                long page = at + (1 + beyond / FULL_CARRY) * PAGE;
                if (page + PAGE > segment.byteSize()) {
                    return 0;
                }
                from =
                        page
                                + RunFormat.contentOffset(
                                        RunFormat.count(segment, page),
                                        RunFormat.keySize(segment, page))
                                + beyond % FULL_CARRY;
            }
            expiry |= (segment.get(Bytes.BYTE, from) & 0xFFL) << 8 * i;
        }
        return expiry;
    }

    /// Whether every page was valid and the last record has ended.
    boolean complete() {
        if (!damaged && carry > 0) {
            report.problem(segment.byteSize(), "last record does not end");
            return false;
        }
        return !damaged;
    }

    /// What the trailer must say.
    RunStatistics found(long pages, long sequenceBase) {
        return new RunStatistics(
                pages,
                records,
                tombstones,
                recordBytes,
                userBytes,
                records == 0 ? 0 : sequenceBase + sequenceMin,
                records == 0 ? 0 : sequenceBase + sequenceMax,
                expiries.build());
    }

    private String describe(long page, long at) {
        int count = RunFormat.count(segment, at);
        int carried = RunFormat.carry(segment, at);
        int keySize = RunFormat.keySize(segment, at);
        var text = new StringBuilder("page " + page + ": ");
        if (count == 0) {
            return text.append("goes on with a record, ")
                    .append(carried)
                    .append(" bytes")
                    .toString();
        }
        long first = RunFormat.firstOrdinal(segment, at);
        text.append("records ").append(first).append("..").append(first + count - 1);
        if (keySize != 0) {
            text.append(", keys of ").append(keySize).append(" and values of ");
            text.append(RunFormat.valueSize(segment, at)).append(" bytes");
            text.append(EntryFormat.hasExpiry(RunFormat.kind(segment, at)) ? ", expiring" : "");
        } else {
            text.append(", each with its sizes");
        }
        if (carried > 0) {
            text.append(", behind ").append(carried).append(" bytes of the one before");
        }
        RunFormat.Head head = RunFormat.head(segment, at, 0, sequenceWidth);
        if (head != null) {
            text.append(head.tombstone() ? ", first deletes " : ", first has ").append("key ");
            text.append(
                    Preview.of(
                            segment,
                            at + head.payload(),
                            head.keySize(),
                            (long) PAGE - head.payload()));
        }
        return text.toString();
    }
}
