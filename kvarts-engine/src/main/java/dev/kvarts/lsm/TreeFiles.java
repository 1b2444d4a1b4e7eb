package dev.kvarts.lsm;

import dev.kvarts.cache.MemoryBudget;
import dev.kvarts.io.Directory;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.ManifestState;
import dev.kvarts.manifest.OrderedMeta;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.manifest.ValueFileMeta;
import dev.kvarts.table.Table;
import dev.kvarts.table.TableFormat;
import dev.kvarts.vlog.ValueFile;
import dev.kvarts.vlog.ValueFileFormat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The files of one ordered keyspace: opens them, changes which of them are alive, and deletes
/// those that nobody looks at any more.
///
/// ```
/// new files: written, forced -> names synced -> opened -> manifest -> version installed -> old files out of sight
///            \__ a failure leaves everything as it was __/   \__ a failure leaves the manifest unknown __/
/// old files: no epoch, no pinned version, no pin on the file -> closed -> deleted
/// ```
///
/// A value file is alive as long as a table points into it; when the last pointer goes, it goes in
/// the same change of the manifest.
///
/// Thread safety: one thread at a time, the edit lock of [Maintenance].
final class TreeFiles {
    // Fixed at construction.
    private final LsmKeyspace keyspace;
    private final Environment environment;
    private final int number;

    private final List<Version> replaced = new ArrayList<>(); // may be pinned by cursors
    private final Map<Long, LiveTable> retiredTables = new TreeMap<>();
    private final Map<Long, ValueFile> retiredValueFiles = new TreeMap<>();

    TreeFiles(LsmKeyspace keyspace, Environment environment, int number) {
        this.keyspace = keyspace;
        this.environment = environment;
        this.number = number;
    }

    /// A change of the files.
    ///
    /// @param removed numbers of tables that go
    /// @param added tables that come; a table that is in both lists moves
    /// @param values value files that come
    /// @param flushed everything up to this sequence number is in the files then; -1: no change
    /// @param unlogged whether entries come that are not in the log
    record Edit(
            Set<Long> removed,
            List<TableMeta> added,
            List<ValueFileMeta> values,
            long flushed,
            boolean unlogged) {}

    /// Opens all files that the manifest names, or none.
    Version open(OrderedMeta meta) throws IOException {
        List<LiveTable> tables = new ArrayList<>();
        List<ValueFile> files = new ArrayList<>();
        try {
            for (TableMeta table : meta.tables()) {
                tables.add(openTable(table));
            }
            for (ValueFileMeta file : meta.valueFiles()) {
                files.add(openValues(file));
            }
        } catch (IOException | RuntimeException | Error e) {
            closeQuietly(tables, files);
            throw e;
        }
        return Version.of(tables, files);
    }

    private LiveTable openTable(TableMeta meta) throws IOException {
        Table table =
                Table.open(
                        environment.directory(),
                        environment.database(),
                        number,
                        meta.number(),
                        meta.fileBytes(),
                        meta.globalSequence(),
                        environment.mapFiles(),
                        environment.sharedBlocks(),
                        environment.budget());
        return new LiveTable(meta, table);
    }

    private ValueFile openValues(ValueFileMeta meta) throws IOException {
        ValueFile file =
                ValueFile.open(
                        environment.directory(),
                        environment.database(),
                        number,
                        meta.number(),
                        meta.fileBytes(),
                        environment.mapFiles(),
                        environment.sharedBlocks().codecs());
        environment.budget().charge(MemoryBudget.Account.BLOCK_INDEXES, file.memoryBytes());
        return file;
    }

    private void closeValues(ValueFile file) throws IOException {
        environment.budget().charge(MemoryBudget.Account.BLOCK_INDEXES, -file.memoryBytes());
        file.close();
    }

    private void closeQuietly(List<LiveTable> tables, List<ValueFile> files) {
        for (LiveTable table : tables) {
            try {
                table.table.close();
            } catch (IOException left) {
                // The caller hears of the first failure.
            }
        }
        for (ValueFile file : files) {
            try {
                closeValues(file);
            } catch (IOException left) {
                // The caller hears of the first failure.
            }
        }
    }

    /// Makes a change of the files durable and shows it. Requires: the bytes of the new files are
    /// durable.
    void apply(Edit edit) throws IOException {
        Directory directory = environment.directory();
        Version before = keyspace.view().version();
        Map<Long, LiveTable> tables = new TreeMap<>();
        before.tables().forEach(table -> tables.put(table.number(), table));
        List<LiveTable> gone = new ArrayList<>();
        edit.removed.forEach(each -> gone.add(tables.remove(each)));
        List<LiveTable> opened = new ArrayList<>();
        List<ValueFile> openedValues = new ArrayList<>();
        try {
            directory.sync();
            for (TableMeta meta : edit.added) {
                LiveTable moved =
                        edit.removed.contains(meta.number()) ? before.table(meta.number()) : null;
                LiveTable table =
                        moved != null ? moved.at(meta.level(), meta.run()) : openTable(meta);
                if (moved == null) {
                    opened.add(table);
                }
                tables.put(meta.number(), table);
            }
            for (ValueFileMeta meta : edit.values) {
                openedValues.add(openValues(meta));
            }
        } catch (IOException | RuntimeException | Error e) {
            closeQuietly(opened, openedValues);
            throw e;
        }
        Map<Long, ValueFile> values = new TreeMap<>();
        before.valueFiles().forEach(file -> values.put(file.number(), file));
        openedValues.forEach(file -> values.put(file.number(), file));
        Set<Long> dead = new HashSet<>(values.keySet());
        dead.removeAll(Version.liveValueBytes(tables.values()).keySet());
        List<ValueFile> deadFiles = dead.stream().map(values::get).toList();
        values.keySet().removeAll(dead);
        Version next = Version.of(tables.values(), values.values());
        try {
            environment.manifest().change(state -> edited(state, edit, dead));
        } catch (IOException | RuntimeException | Error e) {
            closeQuietly(opened, openedValues);
            throw e;
        }
        keyspace.install(next, edit.flushed >= 0, edit.unlogged);
        gone.removeIf(table -> next.table(table.number()) != null);
        retire(before, gone, deadFiles);
    }

    private ManifestState edited(ManifestState state, Edit edit, Set<Long> deadValueFiles) {
        var meta = (OrderedMeta) state.keyspace(number);
        meta = meta.withTables(edit.removed, edit.added);
        meta = meta.withValueFiles(deadValueFiles, List.of());
        List<ValueFileMeta> alive = new ArrayList<>(edit.values);
        alive.removeIf(file -> deadValueFiles.contains(file.number()));
        meta = meta.withValueFiles(Set.of(), alive);
        ManifestState next = state;
        for (TableMeta table : edit.added) {
            // Numbers of runs come from those of files: the next flush must have a higher one.
            long ofRun = table.run() - LevelView.FLUSHED_RUNS_FROM;
            next = next.withNextFile(Math.max(table.number(), ofRun) + 1);
        }
        for (ValueFileMeta file : edit.values) {
            next = next.withNextFile(file.number() + 1);
        }
        if (edit.flushed < 0 && !edit.unlogged) {
            return next.withKeyspace(meta);
        }
        OrderedMeta changed = edit.flushed < 0 ? meta : meta.withFlushed(edit.flushed);
        try {
            return environment.withLogFloor(next.withKeyspace(changed));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void retire(Version before, List<LiveTable> tables, List<ValueFile> files) {
        keyspace.notePassed();
        environment.epochs().await(); // lookups that saw the version before are gone
        replaced.add(before);
        tables.forEach(table -> retiredTables.put(table.number(), table));
        files.forEach(file -> retiredValueFiles.put(file.number(), file));
        releaseRetired();
    }

    /// Closes and deletes the files that no cursor and no callback of a caller looks at any more.
    void releaseRetired() {
        replaced.removeIf(version -> !version.pinned());
        for (Iterator<LiveTable> some = retiredTables.values().iterator(); some.hasNext(); ) {
            LiveTable table = some.next();
            if (!table.table.pinned() && noneOf(version -> version.table(table.number()) != null)) {
                closeAndDelete(table.table::close, TableFormat.fileName(table.number()));
                some.remove();
            }
        }
        for (Iterator<ValueFile> some = retiredValueFiles.values().iterator(); some.hasNext(); ) {
            ValueFile file = some.next();
            if (!file.pinned() && noneOf(version -> version.valueFile(file.number()) != null)) {
                closeAndDelete(() -> closeValues(file), file.name());
                some.remove();
            }
        }
    }

    private boolean noneOf(java.util.function.Predicate<Version> condition) {
        return replaced.stream().noneMatch(condition);
    }

    @FunctionalInterface
    private interface Closing {
        void close() throws IOException;
    }

    private void closeAndDelete(Closing closing, String name) {
        try {
            closing.close();
        } catch (IOException left) {
            // Its bytes are not needed any more.
        }
        deleteQuietly(name);
    }

    void deleteQuietly(String name) {
        try {
            if (environment.directory().exists(name)) {
                environment.directory().delete(name);
            }
        } catch (IOException left) {
            // It is not in the manifest; the next opening deletes it.
        }
    }

    /// How many files wait for those who still look at them.
    int retiredCount() {
        return retiredTables.size() + retiredValueFiles.size();
    }

    /// Closes everything. Requires: no reader and no job is inside.
    void close() throws IOException {
        replaced.clear();
        for (LiveTable table : retiredTables.values()) {
            closeAndDelete(table.table::close, TableFormat.fileName(table.number()));
        }
        retiredTables.clear();
        for (ValueFile file : retiredValueFiles.values()) {
            closeAndDelete(() -> closeValues(file), file.name());
        }
        retiredValueFiles.clear();
        Version version = keyspace.view().version();
        for (LiveTable table : version.tables()) {
            table.table.close();
        }
        for (ValueFile file : version.valueFiles()) {
            closeValues(file);
        }
    }

    /// Names of the files of the present version.
    static List<String> names(Version version) {
        List<String> names = new ArrayList<>();
        for (LiveTable table : version.tables()) {
            names.add(TableFormat.fileName(table.number()));
        }
        Collection<ValueFile> files = version.valueFiles();
        for (ValueFile file : files) {
            names.add(ValueFileFormat.fileName(file.number()));
        }
        return names;
    }
}
