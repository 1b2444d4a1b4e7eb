package dev.kvarts.inspect;

import dev.kvarts.api.KeyspaceOptions;

import java.time.Instant;
import java.util.List;

/// How the files of a database stand to each other, as its manifest and their footers say.
///
/// What is only in the commit log and in memory is not in it.
///
/// @param logSegments segment files of the commit log, spare ones included
/// @param logBytes of them
/// @param keyspaces sorted by name
public record DatabaseLayout(int logSegments, long logBytes, List<KeyspaceLayout> keyspaces) {
    public DatabaseLayout {
        keyspaces = List.copyOf(keyspaces);
    }

    /// One keyspace and its files.
    public sealed interface KeyspaceLayout permits HashedLayout, OrderedLayout {
        String name();

        /// Bytes of all its files.
        long fileBytes();
    }

    /// A hashed keyspace. Every run may hold any key.
    ///
    /// @param utilisationPercent share of the stored bytes that it keeps alive
    /// @param runs in the order in which they were written
    public record HashedLayout(String name, int utilisationPercent, List<RunFile> runs)
            implements KeyspaceLayout {
        public HashedLayout {
            runs = List.copyOf(runs);
        }

        @Override
        public long fileBytes() {
            return runs.stream().mapToLong(RunFile::fileBytes).sum();
        }
    }

    /// One run of a hashed keyspace.
    ///
    /// @param records tombstones included, and those that were overwritten since
    public record RunFile(long number, long fileBytes, long records, long tombstones) {}

    /// An ordered keyspace.
    ///
    /// @param options as stored
    /// @param levels those that hold something, the youngest first
    /// @param valueFiles in ascending order of their numbers
    public record OrderedLayout(
            String name, KeyspaceOptions options, List<Level> levels, List<ValueFile> valueFiles)
            implements KeyspaceLayout {
        public OrderedLayout {
            levels = List.copyOf(levels);
            valueFiles = List.copyOf(valueFiles);
        }

        /// All tables, of all levels.
        public List<TableFile> tables() {
            return levels.stream()
                    .flatMap(level -> level.runs().stream())
                    .flatMap(run -> run.tables().stream())
                    .toList();
        }

        public long tableBytes() {
            return tables().stream().mapToLong(TableFile::fileBytes).sum();
        }

        public long valueBytes() {
            return valueFiles.stream().mapToLong(ValueFile::fileBytes).sum();
        }

        @Override
        public long fileBytes() {
            return tableBytes() + valueBytes();
        }
    }

    /// One level of the tree.
    ///
    /// @param number 0 is the youngest
    /// @param runs the newest first
    public record Level(int number, List<SortedRun> runs) {
        public Level {
            runs = List.copyOf(runs);
        }
    }

    /// Tables that do not overlap.
    ///
    /// @param tables in the order of their keys
    public record SortedRun(long number, List<TableFile> tables) {
        public SortedRun {
            tables = List.copyOf(tables);
        }
    }

    /// One table.
    ///
    /// @param entries versions of keys, tombstones included, range tombstones not
    /// @param rangeTombstones how many
    /// @param sequenceMin lowest sequence number in it
    /// @param firstKey nothing in it is lower
    /// @param lastKey nothing in it is higher, but what range tombstones without an end delete
    /// @param dividers keys that divide its blocks into parts of about one size, ascending; none
    ///   where there are few blocks
    /// @param oldest when the oldest of its entries was written
    /// @param newest when the newest was
    public record TableFile(
            long number,
            long fileBytes,
            long entries,
            long tombstones,
            long rangeTombstones,
            long sequenceMin,
            long sequenceMax,
            byte[] firstKey,
            byte[] lastKey,
            List<byte[]> dividers,
            Instant oldest,
            Instant newest) {
        public TableFile {
            dividers = List.copyOf(dividers);
        }
    }

    /// One value file.
    ///
    /// @param records values in it
    /// @param valueBytes of them, before compression
    /// @param liveRecords pointers of tables into it; more than `records` where two tables still
    ///   hold the same entry
    /// @param liveBytes of the values they point to, likewise
    public record ValueFile(
            long number,
            long fileBytes,
            long records,
            long valueBytes,
            long liveRecords,
            long liveBytes) {
        /// Share of the values that some table still points to, 0..1. Too high while two tables
        /// hold the same pointer.
        public double liveShare() {
            return valueBytes == 0
                    ? liveRecords > 0 ? 1 : 0
                    : Math.min(1, (double) liveBytes / valueBytes);
        }

        /// Bytes of the file that nothing points to, about.
        public long garbageBytes() {
            return Math.round(fileBytes * (1 - liveShare()));
        }
    }
}
