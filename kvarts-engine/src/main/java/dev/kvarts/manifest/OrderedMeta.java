package dev.kvarts.manifest;

import dev.kvarts.api.KeyspaceOptions;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/// An ordered keyspace and its files.
///
/// @param number what the log calls it
/// @param name unique
/// @param options as given last
/// @param flushedSequence all its entries up to this sequence number are in tables
/// @param tables in ascending order of their numbers
/// @param valueFiles in ascending order of their numbers
public record OrderedMeta(
        int number,
        String name,
        KeyspaceOptions options,
        long flushedSequence,
        List<TableMeta> tables,
        List<ValueFileMeta> valueFiles)
        implements KeyspaceMeta {
    public OrderedMeta {
        tables = List.copyOf(tables);
        valueFiles = List.copyOf(valueFiles);
    }

    @Override
    public OrderedMeta withOptions(KeyspaceOptions changed) {
        return new OrderedMeta(number, name, changed, flushedSequence, tables, valueFiles);
    }

    @Override
    public OrderedMeta withoutFiles() {
        return new OrderedMeta(number, name, options, flushedSequence, List.of(), List.of());
    }

    public OrderedMeta withFlushed(long sequence) {
        return new OrderedMeta(number, name, options, sequence, tables, valueFiles);
    }

    /// Takes tables away and adds others; one that is in both changes its place in the tree.
    public OrderedMeta withTables(Set<Long> removed, Collection<TableMeta> added) {
        var next = new ArrayList<>(tables);
        next.removeIf(table -> removed.contains(table.number()));
        next.addAll(added);
        next.sort((one, other) -> Long.compare(one.number(), other.number()));
        return new OrderedMeta(number, name, options, flushedSequence, next, valueFiles);
    }

    public OrderedMeta withValueFiles(Set<Long> removed, Collection<ValueFileMeta> added) {
        var next = new ArrayList<>(valueFiles);
        next.removeIf(file -> removed.contains(file.number()));
        next.addAll(added);
        next.sort((one, other) -> Long.compare(one.number(), other.number()));
        return new OrderedMeta(number, name, options, flushedSequence, tables, next);
    }
}
