package dev.kvarts.db;

import dev.kvarts.hash.IndexFormat;
import dev.kvarts.hash.RunFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.manifest.HashedMeta;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.ManifestState;
import dev.kvarts.manifest.OrderedMeta;
import dev.kvarts.manifest.RunMeta;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.manifest.ValueFileMeta;
import dev.kvarts.table.TableFormat;
import dev.kvarts.vlog.ValueFileFormat;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which files hold the data of keyspaces, by name.
final class DataFiles {
    private static final List<String> PREFIXES =
            List.of(
                    RunFormat.FILE_PREFIX,
                    IndexFormat.FILE_PREFIX,
                    TableFormat.FILE_PREFIX,
                    ValueFileFormat.FILE_PREFIX);

    private DataFiles() {}

    /// Whether a file of this name is one of ours.
    static boolean isData(String name) {
        for (String prefix : PREFIXES) {
            if (name.startsWith(prefix) && isNumber(name, prefix.length())) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNumber(String name, int from) {
        for (int i = from; i < name.length(); i++) {
            if (name.charAt(i) < '0' || name.charAt(i) > '9') {
                return false;
            }
        }
        return from < name.length();
    }

    /// What all files of a directory take, also while some of them are deleted.
    static long allBytes(Directory directory) throws IOException {
        long sum = 0;
        for (String name : directory.list()) {
            try {
                sum += directory.size(name);
            } catch (NoSuchFileException e) {
                // Deleted in between; there may be another of that name by now.
            }
        }
        return sum;
    }

    /// Names of the files of a keyspace.
    static List<String> of(KeyspaceMeta keyspace) {
        List<String> names = new ArrayList<>();
        switch (keyspace) {
            case HashedMeta hashed -> {
                hashed.runs().forEach(run -> names.add(RunFormat.fileName(run.number())));
                if (hashed.checkpoint() != 0) {
                    names.add(IndexFormat.fileName(hashed.checkpoint()));
                }
            }
            case OrderedMeta ordered -> {
                ordered.tables().forEach(table -> names.add(TableFormat.fileName(table.number())));
                ordered.valueFiles()
                        .forEach(file -> names.add(ValueFileFormat.fileName(file.number())));
            }
        }
        return names;
    }

    /// Names of all files that a state needs.
    static Set<String> of(ManifestState state) {
        Set<String> names = new HashSet<>();
        state.keyspaces().forEach(keyspace -> names.addAll(of(keyspace)));
        return names;
    }

    /// Bytes in data files; in maplet checkpoints, which are read once, not counted.
    static long bytes(ManifestState state) {
        long bytes = 0;
        for (KeyspaceMeta keyspace : state.keyspaces()) {
            switch (keyspace) {
                case HashedMeta hashed -> {
                    for (RunMeta run : hashed.runs()) {
                        bytes += run.fileBytes();
                    }
                }
                case OrderedMeta ordered -> {
                    for (TableMeta table : ordered.tables()) {
                        bytes += table.fileBytes();
                    }
                    for (ValueFileMeta file : ordered.valueFiles()) {
                        bytes += file.fileBytes();
                    }
                }
            }
        }
        return bytes;
    }
}
