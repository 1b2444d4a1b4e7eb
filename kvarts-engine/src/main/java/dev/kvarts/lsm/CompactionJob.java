package dev.kvarts.lsm;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Range;
import dev.kvarts.entry.Counters;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.vlog.ReclaimPicker;
import dev.kvarts.vlog.ValueFile;
import dev.kvarts.vlog.ValueFileUse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Picks compactions and carries them out, one at a time.
///
/// Value files of which too little is alive are given up: the tables that point into them are
/// written anew where they stand, and their values with them, in the order of the keys. When the
/// last pointer is gone the file is. A compaction that meets such a pointer does the same on its
/// way.
///
/// Thread safety: one thread, but for [#lag()] and [#noteLag()].
final class CompactionJob {
    private static final int RUNS_SLOW = 16; // from here on writers are slowed down
    private static final int RUNS_MOST = 40;
    private static final long JOB_STORES_MAX = 64;
    private static final int UTILISATION_AT_REST = 88; // percent of value files; see RestRule

    // Fixed at construction.
    private final LsmKeyspace keyspace;
    private final Environment environment;
    private final Maintenance maintenance;

    private volatile double lag;
    private volatile long restingAt = -1; // a sequence number

    CompactionJob(LsmKeyspace keyspace, Environment environment, Maintenance maintenance) {
        this.keyspace = keyspace;
        this.environment = environment;
        this.maintenance = maintenance;
    }

    /// How far compaction is behind: above 0 writers are slowed down, at 1 as much as can be.
    double lag() {
        return lag;
    }

    /// Does what is most urgent. Returns whether there may be more.
    boolean runOnce() throws IOException {
        maintenance.releaseUnused();
        KeyspaceOptions options = maintenance.options();
        CompactionPicker picker = CompactionPicker.of(options.compaction());
        Version version = keyspace.view().version();
        LevelView view = view(version);
        PickContext context = context(environment, options);
        noteLag(picker.debt(view, context));
        boolean atRest = atRest();
        int least = atRest ? UTILISATION_AT_REST : 0;
        Set<Long> poor = poorValueFiles(version, Math.max(least, options.utilisationPercent()));
        CompactionPlan plan = picker.pick(view, context);
        if (plan == null && atRest) {
            plan = picker.pickAtRest(view, context);
        }
        if (plan != null) {
            run(plan, version, options, poor);
            return true;
        }
        List<CompactionPlan> rewrites =
                CompactionPicker.planRewrite(view, context, pointingInto(version, poor));
        for (CompactionPlan rewrite : rewrites) {
            // Flushes go on meanwhile: the tables of the plan are still there, others may be too.
            run(rewrite, keyspace.view().version(), options, poor);
        }
        return !rewrites.isEmpty();
    }

    /// Nobody writes: everything is in files because somebody asked for it. What comes later ends
    /// that with its first flush.
    void rest() {
        restingAt = keyspace.view().flushed();
    }

    /// A keyspace whose memory is empty for a moment while its writers wait is not at rest.
    private boolean atRest() {
        return restingAt == keyspace.view().flushed() && !keyspace.hasMemory();
    }

    /// Merges what overlaps the range, as far as the strategy goes, and gives up value files of
    /// which anything is dead.
    void runRange(Range range) throws IOException {
        if (range.isEmpty()) {
            return;
        }
        KeyspaceOptions options = maintenance.options();
        CompactionPicker picker = CompactionPicker.of(options.compaction());
        var span = new KeySpan(range.from(), range.to());
        long horizon = environment.expiryHorizon(options); // one, so that there is an end
        while (true) {
            Version version = keyspace.view().version();
            Set<Long> poor = poorValueFiles(version, options.utilisationPercent());
            CompactionPlan plan =
                    picker.planRange(view(version), context(environment, options, horizon), span);
            if (plan == null) {
                break;
            }
            run(plan, version, options, poor);
        }
        while (runOnce()) {}
    }

    static LevelView view(Version version) {
        return LevelView.of(version.tables().stream().map(LiveTable::info).toList());
    }

    static PickContext context(Environment environment, KeyspaceOptions options) {
        return context(environment, options, environment.expiryHorizon(options));
    }

    private static PickContext context(
            Environment environment, KeyspaceOptions options, long horizon) {
        long store = environment.memoryStoreBytes();
        return new PickContext(
                store,
                store,
                JOB_STORES_MAX * store,
                environment.nowMillis(),
                options.window().toMillis(),
                horizon,
                List.of());
    }

    /// Looks how far behind it is, also while a long compaction is under way.
    void noteLag() {
        KeyspaceOptions options = maintenance.options();
        LevelView view = view(keyspace.view().version());
        noteLag(
                CompactionPicker.of(options.compaction())
                        .debt(view, context(environment, options)));
    }

    private void noteLag(Debt debt) {
        lag = Math.clamp((double) (debt.runs() - RUNS_SLOW) / (RUNS_MOST - RUNS_SLOW), 0, 1);
    }

    private Set<Long> poorValueFiles(Version version, int utilisation) {
        if (version.valueFiles().isEmpty()) {
            return Set.of();
        }
        Map<Long, Long> live = version.liveValueBytes();
        long newest = environment.lastFileNumber();
        List<ValueFileUse> files = new ArrayList<>();
        for (ValueFile file : version.valueFiles()) {
            files.add(
                    new ValueFileUse(
                            file.number(),
                            file.fileBytes(),
                            file.statistics().valueBytes(),
                            live.getOrDefault(file.number(), 0L),
                            newest - file.number()));
        }
        Set<Long> poor = new HashSet<>();
        ReclaimPicker.pick(files, utilisation, environment.memoryStoreBytes())
                .forEach(file -> poor.add(file.number()));
        return poor;
    }

    private static Collection<TableInfo> pointingInto(Version version, Set<Long> valueFiles) {
        List<TableInfo> tables = new ArrayList<>();
        for (LiveTable table : version.tables()) {
            boolean points =
                    table.table.statistics().references().stream()
                            .anyMatch(each -> valueFiles.contains(each.file()));
            if (points) {
                tables.add(table.info());
            }
        }
        return tables;
    }

    private void run(CompactionPlan plan, Version version, KeyspaceOptions options, Set<Long> poor)
            throws IOException {
        TreeWriter.Output output =
                new Compaction(keyspace, environment, maintenance, plan, version, options, poor)
                        .run();
        Set<Long> removed = new HashSet<>();
        plan.tables().forEach(table -> removed.add(table.number()));
        List<TableMeta> added = new ArrayList<>(output.tables());
        for (TableInfo moved : plan.moves()) {
            added.add(version.table(moved.number()).meta.at(plan.outputLevel(), plan.outputRun()));
        }
        try {
            maintenance.apply(new TreeFiles.Edit(removed, added, output.valueFiles(), -1, false));
        } catch (IOException | RuntimeException | Error e) {
            maintenance.discard(output);
            throw e;
        }
        keyspace.counters.add(Counters.RECLAIMS, plan.trivialMove() ? 0 : 1);
        keyspace.counters.add(Counters.RECLAIMED_BYTES, output.bytes());
        noteLag();
    }
}
