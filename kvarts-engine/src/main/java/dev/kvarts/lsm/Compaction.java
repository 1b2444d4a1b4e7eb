package dev.kvarts.lsm;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.MergingCursor;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.jobs.Errand;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.manifest.ValueFileMeta;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/// Carries one plan out: merges its inputs into new tables. Where the plan has cuts, the parts
/// between them may be written by several threads.
///
/// Thread safety: one thread; its parts may be run by others.
final class Compaction {
    private static final int ENTRIES_PER_LOOK = 1_024;
    private static final byte[] BEGINNING = new byte[0];

    // Fixed at construction.
    private final LsmKeyspace keyspace;
    private final Environment environment;
    private final Maintenance maintenance;
    private final CompactionPlan plan;
    private final Version version;
    private final KeyspaceOptions options;
    private final Set<Long> givenUp;
    private final List<SortedRun> inputs; // the newest first
    private final RangeTombstones kept;
    private final TreeWriter.Place place;
    private final long horizon; // what has expired by this time is gone

    Compaction(
            LsmKeyspace keyspace,
            Environment environment,
            Maintenance maintenance,
            CompactionPlan plan,
            Version version,
            KeyspaceOptions options,
            Set<Long> givenUp) {
        this.keyspace = keyspace;
        this.environment = environment;
        this.maintenance = maintenance;
        this.plan = plan;
        this.version = version;
        this.options = options;
        this.givenUp = givenUp;
        this.horizon = environment.expiryHorizon(options);
        var byRun = new TreeMap<Long, List<LiveTable>>(Comparator.reverseOrder());
        List<RangeTombstones> ranges = new ArrayList<>();
        long oldest = Long.MAX_VALUE;
        long newest = Long.MIN_VALUE;
        for (TableInfo info : plan.inputs()) {
            LiveTable table = version.table(info.number());
            byRun.computeIfAbsent(info.run(), _ -> new ArrayList<>()).add(table);
            ranges.add(table.table.rangeTombstones());
            oldest = Math.min(oldest, table.meta.oldestMillis());
            newest = Math.max(newest, table.meta.newestMillis());
        }
        this.inputs = new ArrayList<>();
        byRun.forEach(
                (id, tables) ->
                        inputs.add(new SortedRun(id, tables.getFirst().meta.level(), tables)));
        this.kept =
                plan.bottommost()
                        ? RangeTombstones.NONE
                        : RangeTombstones.union(ranges).newestOnly();
        this.place =
                new TreeWriter.Place(
                        plan.outputLevel(),
                        plan.outputRun(),
                        environment.memoryStoreBytes(),
                        oldest,
                        newest);
    }

    /// The keyspace is being closed; nothing has changed.
    static final class Stopped extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /// One stretch of keys.
    private final class Part implements Errand.Work {
        private final byte[] from;
        private final byte[] to;
        private TreeWriter.Output output;

        Part(byte[] from, byte[] to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public void run() throws IOException {
            output = write(from, to);
        }
    }

    /// Writes the new files, durably but for their names; if it throws, none is left.
    TreeWriter.Output run() throws IOException {
        if (plan.trivialMove() || nothingSurvives()) {
            return new TreeWriter.Output(List.of(), List.of());
        }
        List<Part> parts = new ArrayList<>();
        byte[] from = BEGINNING;
        for (byte[] cut : plan.cuts()) {
            parts.add(new Part(from, cut));
            from = cut;
        }
        parts.add(new Part(from, null));
        try {
            runAll(parts);
            return joined(parts);
        } catch (IOException | RuntimeException | Error e) {
            maintenance.discard(joined(parts));
            throw e;
        }
    }

    /// Whether that is certain before anything is read.
    private boolean nothingSurvives() {
        return plan.bottommost() && plan.inputs().stream().allMatch(table -> table.isGone(horizon));
    }

    /// Returns or throws when no thread is at work on any part.
    private void runAll(List<Part> parts) throws IOException {
        List<Errand> errands = new ArrayList<>();
        for (Part part : parts.subList(1, parts.size())) {
            errands.add(Errand.offer(environment.scheduler(), "lsm: compact part", part));
        }
        try {
            parts.getFirst().run();
        } finally {
            finishAll(errands, 0);
        }
    }

    private static void finishAll(List<Errand> errands, int from) throws IOException {
        if (from < errands.size()) {
            try {
                errands.get(from).finish();
            } finally {
                finishAll(errands, from + 1);
            }
        }
    }

    private static TreeWriter.Output joined(List<Part> parts) {
        List<TableMeta> tables = new ArrayList<>();
        List<ValueFileMeta> valueFiles = new ArrayList<>();
        for (Part part : parts) {
            if (part.output != null) {
                tables.addAll(part.output.tables());
                valueFiles.addAll(part.output.valueFiles());
            }
        }
        return new TreeWriter.Output(tables, valueFiles);
    }

    private TreeWriter.Output write(byte[] from, byte[] to) throws IOException {
        var writer =
                new TreeWriter(
                        environment,
                        keyspace.number(),
                        options,
                        place,
                        kept,
                        from,
                        to,
                        version,
                        givenUp,
                        List.of());
        try (writer;
                EntryCursor cursor = sources()) {
            int sinceLook = 0;
            long paid = 0;
            boolean there = from.length == 0 ? cursor.first() : cursor.seek(from, from.length);
            for (; there && !reaches(cursor, to); there = cursor.next()) {
                take(cursor, writer);
                if (++sinceLook == ENTRIES_PER_LOOK) {
                    sinceLook = 0;
                    environment.throttleBackground(writer.sizeBytes() - paid);
                    paid = writer.sizeBytes();
                    look();
                }
            }
            return writer.finish();
        } catch (IOException | RuntimeException | Error e) {
            writer.discard();
            throw e;
        }
    }

    private void take(EntryCursor cursor, TreeWriter writer) throws IOException {
        boolean expired = hasExpired(cursor);
        if (!isNeeded(cursor, expired)) {
            return;
        }
        if (expired) {
            writer.addTombstone(cursor);
        } else {
            writer.add(cursor);
        }
    }

    /// A long job must not hold up what is more urgent.
    private void look() throws IOException {
        if (keyspace.isStopped()) {
            throw new Stopped();
        }
        maintenance.flushMeanwhile();
    }

    private EntryCursor sources() {
        List<EntryCursor> cursors = new ArrayList<>();
        for (SortedRun run : inputs) {
            cursors.add(new RunCursor(run, EntryFormat.SEQUENCE_MAX, true));
        }
        return new MergingCursor(cursors);
    }

    private static boolean reaches(EntryCursor cursor, byte[] to) {
        return to != null
                && Arrays.compareUnsigned(cursor.key(), 0, cursor.keySize(), to, 0, to.length) >= 0;
    }

    private boolean hasExpired(EntryCursor cursor) {
        return EntryFormat.hasExpired(
                cursor.kind(), cursor.valueSegment(), cursor.valueOffset(), horizon);
    }

    /// Whether somebody who looks from now on may see the entry, or something older because of it.
    private boolean isNeeded(EntryCursor cursor, boolean expired) {
        if (plan.bottommost() && (expired || EntryFormat.isTombstone(cursor.kind()))) {
            return false;
        }
        RangeTombstones ranges = version.rangeTombstones;
        return ranges.isEmpty()
                || ranges.covering(cursor.key(), cursor.keySize(), EntryFormat.SEQUENCE_MAX)
                        <= cursor.sequence();
    }
}
