package dev.kvarts.log;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.io.ReadableFile;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Replays the commit log.
///
/// ```
/// floor                                              stated: the manifest says where it ends
///   |  generation 7   |  generation 8   |  9   |     chained: the next header says where it ended
///   [####### stated  ][####### chained ][####~~~]    tail: up to the first record that is not valid
/// ```
///
/// The end of the tail is torn if nothing says that what lies behind it was durable once; otherwise
/// it is damage, and opening fails: silently dropping acknowledged writes is not recovery.
public final class LogRecovery {
    private final Directory directory;
    private final long database;
    private final long floor;
    private final long open;
    private final Map<Long, Long> stated = new HashMap<>();
    private final TreeMap<Long, Found> byGeneration = new TreeMap<>();
    private final List<Found> others = new ArrayList<>();

    /// Takes each entry that was logged, in order. The segment is valid during the call. Returns
    /// whether the entry was needed: a log holds more than is not yet elsewhere.
    @FunctionalInterface
    public interface Replayer {
        boolean replay(long sequence, MemorySegment segment, long entry);
    }

    private record Found(
            String name, int slot, long generation, ReadableFile file, MemorySegment segment) {}

    /// @param floor oldest generation that is needed; its header is durable
    /// @param open generation that was being written when the manifest was last changed by opening;
    ///   its header is durable; 0 if none
    /// @param ends generations whose end is known
    public LogRecovery(
            Directory directory, long database, long floor, long open, List<LogEnd> ends) {
        this.directory = directory;
        this.database = database;
        this.floor = floor;
        this.open = open;
        ends.forEach(end -> stated.put(end.generation(), end.offset()));
    }

    /// Slot number of a file of the log, or -1 if the name is not one.
    public static int slotOf(String name) {
        String digits =
                name.startsWith(LogFormat.FILE_PREFIX)
                        ? name.substring(LogFormat.FILE_PREFIX.length())
                        : "";
        return digits.matches("[0-9]{1,9}") ? Integer.parseInt(digits) : -1;
    }

    /// Whether the file is one of the log's and has a record at its beginning.
    public static boolean holdsRecords(Directory directory, String name) throws IOException {
        if (slotOf(name) < 0 || directory.size(name) < LogFormat.HEADER_SIZE) {
            return false;
        }
        try (ReadableFile file = directory.open(name, true)) {
            MemorySegment segment = file.mapped();
            return LogFormat.headerValid(segment)
                    && LogFormat.validRecord(
                                    segment, LogFormat.HEADER_SIZE, LogFormat.generation(segment))
                            != 0;
        }
    }

    /// Replays everything. Files that hold nothing needed are deleted.
    public RecoveredLog run(long lastSequence, Replayer replayer) throws IOException {
        int nextSlot = 0;
        try {
            for (String name : directory.list()) {
                int slot = slotOf(name);
                if (slot >= 0) {
                    nextSlot = Math.max(nextSlot, slot + 1);
                    read(name, slot);
                }
            }
            var walk = new Walk(lastSequence, replayer);
            walk.run();
            for (Found found : byGeneration.values()) {
                if (walk.segments.stream()
                        .noneMatch(segment -> segment.generation() == found.generation)) {
                    others.add(found);
                }
            }
            long nextGeneration =
                    Math.max(
                                    byGeneration.isEmpty() ? 0 : byGeneration.lastKey(),
                                    Math.max(open, floor))
                            + 1;
            return new RecoveredLog(
                    walk.segments,
                    walk.lastSequence,
                    nextGeneration,
                    nextSlot,
                    walk.records,
                    spares(),
                    walk.ends);
        } finally {
            for (Found found : byGeneration.values()) {
                found.file.close();
            }
            for (Found found : others) {
                found.file.close();
            }
        }
    }

    /// Whole segments of generations that were released before.
    private List<Integer> spares() {
        List<Integer> slots = new ArrayList<>();
        for (Found found : others) {
            if (LogFormat.headerValid(found.segment)
                    && LogFormat.database(found.segment) == database
                    && found.generation < floor) {
                slots.add(found.slot);
            }
        }
        return slots;
    }

    private void read(String name, int slot) throws IOException {
        if (directory.size(name) < LogFormat.HEADER_SIZE) {
            return; // creation was cut off
        }
        ReadableFile file = directory.open(name, true);
        MemorySegment segment = file.mapped();
        var found = new Found(name, slot, LogFormat.generation(segment), file, segment);
        boolean ours = LogFormat.headerValid(segment) && LogFormat.database(segment) == database;
        int version = LogFormat.version(segment);
        boolean known = version >= LogFormat.VERSION_MIN && version <= LogFormat.VERSION;
        if (ours && !known) {
            file.close();
            throw new CorruptionException(
                    "commit log: unknown format version="
                            + version
                            + " known="
                            + LogFormat.VERSION_MIN
                            + ".."
                            + LogFormat.VERSION,
                    name,
                    8);
        }
        if (ours && found.generation >= floor) {
            byGeneration.put(found.generation, found);
        } else {
            others.add(found);
        }
    }

    /// One pass over the generations.
    private final class Walk {
        final List<RecoveredLog.Segment> segments = new ArrayList<>();
        final List<LogEnd> ends = new ArrayList<>();
        final Replayer replayer;
        long lastSequence;
        long records;

        Walk(long lastSequence, Replayer replayer) {
            this.lastSequence = lastSequence;
            this.replayer = replayer;
        }

        void run() {
            boolean more = floor > 0;
            long generation = floor;
            for (; more; generation++) {
                Found found = byGeneration.get(generation);
                Long statedEnd = stated.get(generation);
                if (found == null) {
                    missing(generation, statedEnd);
                    more = statedEnd != null;
                    continue;
                }
                long end = replay(found, statedEnd);
                ends.add(new LogEnd(generation, end));
                segments.add(
                        new RecoveredLog.Segment(
                                found.slot,
                                generation,
                                end,
                                lastSequence,
                                statedEnd != null ? end : durableEnd(found, end)));
                more = statedEnd != null || chained(generation, end);
                if (!more) {
                    torn(found, end);
                }
            }
            for (long dropped : byGeneration.tailMap(generation, true).keySet()) {
                ends.add(new LogEnd(dropped, 0));
            }
        }

        /// How far the records are durable for certain. Where a process forced a generation, all
        /// before it were forced too.
        private long durableEnd(Found found, long end) {
            for (Found later : byGeneration.tailMap(found.generation, false).values()) {
                if (LogFormat.statedDurableEnd(later.segment, later.generation) != 0) {
                    return end;
                }
            }
            return Math.min(end, LogFormat.statedDurableEnd(found.segment, found.generation));
        }

        private boolean chained(long generation, long end) {
            Found next = byGeneration.get(generation + 1);
            return next != null && LogFormat.previousEnd(next.segment) == end;
        }

        /// Replays one generation. Returns the offset after its last record.
        private long replay(Found found, Long statedEnd) {
            long at = LogFormat.HEADER_SIZE;
            long limit = statedEnd == null ? Long.MAX_VALUE : statedEnd;
            while (at < limit) {
                long size = LogFormat.validRecord(found.segment, at, found.generation);
                if (size == 0) {
                    if (statedEnd != null) {
                        throw new CorruptionException(
                                "commit log: record is damaged", found.name, at);
                    }
                    break;
                }
                replayRecord(found, at);
                at += size;
            }
            return statedEnd != null ? statedEnd : at;
        }

        private void replayRecord(Found found, long at) {
            long sequence = LogFormat.sequence(found.segment, at);
            int count = LogFormat.count(found.segment, at);
            boolean needed = false;
            long entry = at + LogFormat.RECORD_HEADER_SIZE;
            long end = entry + LogFormat.payloadSize(found.segment, at);
            for (int i = 0; i < count; i++) {
                if (entry + EntryFormat.HEADER_SIZE > end) {
                    throw new CorruptionException(
                            "commit log: entry crosses its record", found.name, entry);
                }
                long size =
                        EntryFormat.size(
                                EntryFormat.keySize(found.segment, entry),
                                EntryFormat.valueSize(found.segment, entry));
                if (size > end - entry) {
                    throw new CorruptionException(
                            "commit log: entry crosses its record", found.name, entry);
                }
                byte kind = EntryFormat.kind(found.segment, entry);
                if (!EntryFormat.isLogged(kind)
                        || EntryFormat.valueSize(found.segment, entry)
                                < EntryFormat.valueSizeMin(kind)) {
                    throw new CorruptionException(
                            "commit log: unknown kind of entry=" + kind, found.name, entry);
                }
                needed |= replayer.replay(sequence + i, found.segment, entry);
                entry += size;
            }
            lastSequence = Math.max(lastSequence, sequence + count - 1);
            records += needed ? 1 : 0;
        }

        /// A generation that is not there: the end of the log, or a loss.
        private void missing(long generation, Long statedEnd) {
            if (statedEnd != null && statedEnd <= LogFormat.HEADER_SIZE) {
                return; // known to hold nothing
            }
            if (statedEnd != null || generation == floor || generation == open) {
                throw new CorruptionException(
                        "commit log: segment is missing or its header damaged, generation="
                                + generation,
                        LogFormat.FILE_PREFIX + "*",
                        0);
            }
            refuseIfLaterSaysDurable(generation, LogFormat.FILE_PREFIX + "*", 0);
            for (Found other : others) {
                if (LogFormat.validRecord(other.segment, LogFormat.HEADER_SIZE, generation) != 0) {
                    throw new CorruptionException(
                            "commit log: segment header is damaged", other.name, 0);
                }
            }
        }

        /// The tail ends here. Throws if something says that there was more, durably.
        private void torn(Found found, long end) {
            if (LogFormat.statedDurableEnd(found.segment, found.generation) > end) {
                throw new CorruptionException("commit log: record is damaged", found.name, end);
            }
            long limit = found.segment.byteSize() - LogFormat.RECORD_HEADER_SIZE;
            for (long at = end; at <= limit; at += LogFormat.ALIGNMENT) {
                if (plausible(found.segment, at)
                        && LogFormat.durableEnd(found.segment, at) > end
                        && LogFormat.validRecord(found.segment, at, found.generation) != 0) {
                    throw new CorruptionException("commit log: record is damaged", found.name, end);
                }
            }
            refuseIfLaterSaysDurable(found.generation, found.name, end);
            if (!byGeneration.containsKey(found.generation + 1)) {
                missing(found.generation + 1, null);
            }
        }

        /// Cheap tests before a checksum is computed over what may be rubbish.
        private boolean plausible(MemorySegment segment, long at) {
            long sequence = LogFormat.sequence(segment, at);
            long durable = LogFormat.durableEnd(segment, at);
            return sequence > lastSequence
                    && sequence - lastSequence < 1L << 40
                    && durable <= at
                    && LogFormat.count(segment, at) > 0;
        }

        private void refuseIfLaterSaysDurable(long generation, String name, long offset) {
            for (Found later : byGeneration.tailMap(generation, false).values()) {
                if (LogFormat.validRecord(later.segment, LogFormat.HEADER_SIZE, later.generation)
                                != 0
                        && anyRecordSaysEarlierDurable(later)) {
                    throw new CorruptionException("commit log: record is damaged", name, offset);
                }
            }
        }

        private boolean anyRecordSaysEarlierDurable(Found found) {
            long at = LogFormat.HEADER_SIZE;
            while (true) {
                long size = LogFormat.validRecord(found.segment, at, found.generation);
                if (size == 0) {
                    return false;
                }
                if (LogFormat.earlierDurable(found.segment, at)) {
                    return true;
                }
                at += size;
            }
        }
    }
}
