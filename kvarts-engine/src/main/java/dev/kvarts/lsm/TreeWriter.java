package dev.kvarts.lsm;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.entry.ValuePointer;
import dev.kvarts.io.Directory;
import dev.kvarts.manifest.Environment;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.manifest.ValueFileMeta;
import dev.kvarts.table.BlockCodec;
import dev.kvarts.table.BlockFormat;
import dev.kvarts.table.TableFormat;
import dev.kvarts.table.TableOptions;
import dev.kvarts.table.TableWriter;
import dev.kvarts.vlog.ValueFileFormat;
import dev.kvarts.vlog.ValueFileWriter;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/// Writes sorted entries as tables of one run, and values that are to lie apart as value files.
///
/// A table is ended between two keys when it is large enough; range tombstones are cut where the
/// tables are. Values stay where they are unless their value file is to be given up.
///
/// Thread safety: one thread.
final class TreeWriter implements AutoCloseable {
    private static final long VALUE_FILE_BYTES = 256L << 20;

    private static final long TABLE_BYTES_MAX = 1L << 30;
    private static final int FILTER_BITS = 8;

    // Fixed at construction.
    private final Environment environment;
    private final int keyspace;
    private final KeyspaceOptions options;
    private final Place place;
    private final RangeTombstones tombstones;
    private final byte[] to; // where the range that is written ends; null: no end
    private final Version version; // where pointers lead
    private final Set<Long> givenUp; // value files whose values are written anew
    private final Lookup lookup = new Lookup();
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment pointer =
            arena.allocate(EntryFormat.GATHERED_SIZE + ValuePointer.SIZE, 8);

    private final List<byte[]> cuts; // ascending; a table ends at each

    private int nextCut;
    private byte[] from; // of the present table
    private TableWriter table;
    private long tableNumber;
    private ValueFileWriter values;
    private long valuesNumber;
    private final BlockCodec codec;
    private final List<TableMeta> tables = new ArrayList<>();
    private final List<ValueFileMeta> valueFiles = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private long writtenBytes;

    /// Where the tables will stand.
    ///
    /// @param level of the tree
    /// @param run of the tables; 0: the number of the first of them
    /// @param tableBytes size at which a table is ended
    /// @param oldestMillis as [TableMeta#oldestMillis()]
    /// @param newestMillis as [TableMeta#newestMillis()]
    record Place(int level, long run, long tableBytes, long oldestMillis, long newestMillis) {}

    /// What was written, durably but for the names.
    record Output(List<TableMeta> tables, List<ValueFileMeta> valueFiles) {
        List<String> names() {
            List<String> names = new ArrayList<>();
            tables.forEach(table -> names.add(TableFormat.fileName(table.number())));
            valueFiles.forEach(file -> names.add(ValueFileFormat.fileName(file.number())));
            return names;
        }

        long bytes() {
            long sum = 0;
            for (TableMeta each : tables) {
                sum += each.fileBytes();
            }
            for (ValueFileMeta each : valueFiles) {
                sum += each.fileBytes();
            }
            return sum;
        }
    }

    /// @param tombstones of the range that is written
    /// @param from where the range begins
    /// @param to where it ends; null: no end
    /// @param version where pointers lead
    /// @param givenUp value files whose values are written anew
    /// @param cuts keys at which a table is ended and the next begun, ascending
    TreeWriter(
            Environment environment,
            int keyspace,
            KeyspaceOptions options,
            Place place,
            RangeTombstones tombstones,
            byte[] from,
            byte[] to,
            Version version,
            Set<Long> givenUp,
            List<byte[]> cuts) {
        this.environment = environment;
        this.keyspace = keyspace;
        this.options = options;
        this.codec = environment.sharedBlocks().codecs().byName(options.codec());
        this.place = place;
        this.tombstones = tombstones;
        this.from = from;
        this.to = to;
        this.version = version;
        this.givenUp = givenUp;
        this.cuts = cuts;
    }

    /// Adds the entry that the cursor stands on. Keys ascend.
    void add(EntryCursor entry) throws IOException {
        add(
                entry.key(),
                entry.keySize(),
                entry.sequence(),
                entry.kind(),
                entry.valueSegment(),
                entry.valueOffset(),
                entry.valueSize());
    }

    /// Adds a tombstone for the key that the cursor stands on: its entry has expired.
    void addTombstone(EntryCursor entry) throws IOException {
        add(
                entry.key(),
                entry.keySize(),
                entry.sequence(),
                EntryFormat.DELETE,
                MemorySegment.NULL,
                0,
                0);
    }

    /// Adds an entry. Keys ascend.
    void add(
            byte[] key,
            int keySize,
            long sequence,
            byte kind,
            MemorySegment value,
            long at,
            long size)
            throws IOException {
        if (passesCut(key, keySize)) {
            endTable(cuts.get(nextCut - 1));
        } else if (table != null
                && table.sizeBytes() >= Math.min(place.tableBytes, TABLE_BYTES_MAX)) {
            endTable(Arrays.copyOf(key, keySize));
        }
        if (table == null) {
            openTable();
        }
        int prefix = EntryFormat.prefixSize(kind);
        if (EntryFormat.isPut(kind) && isLarge(size, prefix)) {
            MemorySegment.copy(value, at, pointer, 0, prefix);
            kind = EntryFormat.pointerTo(kind);
            addApart(key, keySize, sequence, kind, value, at + prefix, size - prefix);
        } else if (EntryFormat.isPointer(kind)
                && givenUp.contains(ValuePointer.file(value, at + prefix))) {
            lookup.key = key;
            lookup.keySize = keySize;
            lookup.sequence = sequence;
            LsmCursor.resolve(version, lookup, value, at + prefix);
            MemorySegment.copy(value, at, pointer, 0, prefix);
            addApart(
                    key,
                    keySize,
                    sequence,
                    kind,
                    lookup.segment,
                    lookup.valueOffset,
                    lookup.valueSize);
        } else {
            table.add(key, keySize, sequence, kind, value, at, size);
        }
    }

    private boolean isLarge(long size, int prefix) {
        return size - prefix >= options.valueSeparation() || size > BlockFormat.VALUE_SIZE_MAX;
    }

    /// Whether a cut lies between the last key and this one.
    private boolean passesCut(byte[] key, int keySize) {
        int before = nextCut;
        while (nextCut < cuts.size() && isBelow(cuts.get(nextCut), key, keySize)) {
            nextCut++;
        }
        return nextCut != before;
    }

    private static boolean isBelow(byte[] cut, byte[] key, int keySize) {
        return Arrays.compareUnsigned(cut, 0, cut.length, key, 0, keySize) <= 0;
    }

    /// Writes a value apart. Requires: what is in front of the pointer is there already.
    private void addApart(
            byte[] key,
            int keySize,
            long sequence,
            byte kind,
            MemorySegment value,
            long at,
            long size)
            throws IOException {
        if (values != null && values.sizeBytes() >= VALUE_FILE_BYTES) {
            finishValues();
        }
        if (values == null) {
            valuesNumber = environment.nextFileNumber();
            names.add(ValueFileFormat.fileName(valuesNumber));
            values =
                    new ValueFileWriter(
                            environment.directory(),
                            environment.database(),
                            keyspace,
                            valuesNumber,
                            environment.sharedBlocks().codecs().byName(options.codec()),
                            environment.scheduler());
        }
        long offset = values.add(key, keySize, value, at, size);
        int prefix = EntryFormat.prefixSize(kind);
        ValuePointer.write(pointer, prefix, valuesNumber, offset, size);
        table.add(key, keySize, sequence, kind, pointer, 0, prefix + ValuePointer.SIZE);
    }

    private void openTable() throws IOException {
        tableNumber = environment.nextFileNumber();
        names.add(TableFormat.fileName(tableNumber));
        table =
                new TableWriter(
                        environment.directory(),
                        environment.database(),
                        keyspace,
                        tableNumber,
                        new TableOptions(
                                options.blockBytes(), FILTER_BITS, environment.hashSeed(), codec),
                        environment.scheduler());
    }

    /// Ends the table, if there is one or there are range tombstones for it, and begins the next
    /// stretch of keys.
    private void endTable(byte[] end) throws IOException {
        if (table == null && !tombstones.within(from, end).isEmpty()) {
            openTable(); // nothing in it but range tombstones
        }
        if (table != null) {
            finishTable(end);
        }
        from = end;
    }

    private void finishTable(byte[] end) throws IOException {
        table.rangeTombstones(tombstones.isEmpty() ? tombstones : tombstones.within(from, end));
        TableWriter.Written written = table.finish();
        table.close();
        table = null;
        long run =
                place.run != 0
                        ? place.run
                        : tables.isEmpty()
                                ? LevelView.FLUSHED_RUNS_FROM + tableNumber
                                : tables.getFirst().run();
        tables.add(
                new TableMeta(
                        tableNumber,
                        place.level,
                        run,
                        written.fileBytes(),
                        0,
                        place.oldestMillis,
                        place.newestMillis));
        writtenBytes += written.fileBytes();
    }

    private void finishValues() throws IOException {
        ValueFileWriter.Written written = values.finish();
        values.close();
        values = null;
        valueFiles.add(new ValueFileMeta(valuesNumber, written.fileBytes()));
        writtenBytes += written.fileBytes();
    }

    /// Bytes written so far.
    long sizeBytes() {
        return writtenBytes
                + (table == null ? 0 : table.sizeBytes())
                + (values == null ? 0 : values.sizeBytes());
    }

    /// Ends the files and makes them durable, but for their names.
    Output finish() throws IOException {
        endTable(to);
        if (values != null) {
            finishValues();
        }
        return new Output(tables, valueFiles);
    }

    /// Deletes everything that was written. Requires: the manifest does not name it.
    void discard() {
        closeWriters();
        Directory directory = environment.directory();
        for (String name : names) {
            try {
                if (directory.exists(name)) {
                    directory.delete(name);
                }
            } catch (IOException left) {
                // It is not in the manifest; the next opening deletes it.
            }
        }
    }

    private void closeWriters() {
        try {
            if (table != null) {
                table.close();
            }
        } catch (IOException left) {
            // The caller hears of the first failure.
        }
        try {
            if (values != null) {
                values.close();
            }
        } catch (IOException left) {
            // The caller hears of the first failure.
        }
        table = null;
        values = null;
    }

    @Override
    public void close() {
        closeWriters();
        arena.close();
    }
}
