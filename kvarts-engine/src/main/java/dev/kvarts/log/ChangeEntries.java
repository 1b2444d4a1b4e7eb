package dev.kvarts.log;

import dev.kvarts.api.Change;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.EntryFormat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Turns the entries of a record into changes, and keeps the names of keyspaces that records tell.
final class ChangeEntries {
    private final Function<byte[], Map<Integer, String>> catalogue;
    private final Map<Integer, String> names;

    /// @param names known at the beginning; taken over
    /// @param catalogue reads the names from the value of a [EntryFormat#CATALOGUE]
    ChangeEntries(Map<Integer, String> names, Function<byte[], Map<Integer, String>> catalogue) {
        this.names = names;
        this.catalogue = catalogue;
    }

    void learn(Map<Integer, String> more) {
        names.putAll(more);
    }

    /// The time that an entry states, or 0 if it states none.
    static long clock(MemorySegment segment, long entry, long end) {
        return EntryFormat.kind(segment, entry) == EntryFormat.CLOCK
                        && EntryFormat.valueSize(segment, entry) == Long.BYTES
                        && entry + EntryFormat.HEADER_SIZE + Long.BYTES <= end
                ? segment.get(Bytes.LONG, entry + EntryFormat.HEADER_SIZE)
                : 0;
    }

    /// The changes of a record; none where it is only for ourselves.
    List<Change> decode(
            MemorySegment segment, long entries, long size, int count, String file, long offset) {
        List<Change> changes = new ArrayList<>(Math.min(count, 1024));
        long end = entries + size;
        long entry = entries;
        for (int i = 0; i < count; i++) {
            long keySize = 0;
            long valueSize = 0;
            boolean fits = end - entry >= EntryFormat.HEADER_SIZE;
            if (fits) {
                keySize = Integer.toUnsignedLong(EntryFormat.keySize(segment, entry));
                valueSize = EntryFormat.valueSize(segment, entry);
                fits =
                        keySize <= Integer.MAX_VALUE
                                && keySize + valueSize <= end - entry - EntryFormat.HEADER_SIZE;
            }
            if (!fits) {
                throw new CorruptionException("changes: entry crosses its record", file, offset);
            }
            add(segment, entry, (int) keySize, valueSize, changes, file, offset);
            entry += EntryFormat.HEADER_SIZE + keySize + valueSize;
        }
        return changes;
    }

    private void add(
            MemorySegment segment,
            long entry,
            int keySize,
            long valueSize,
            List<Change> changes,
            String file,
            long offset) {
        byte kind = EntryFormat.kind(segment, entry);
        int number = EntryFormat.keyspace(segment, entry);
        long keyAt = entry + EntryFormat.HEADER_SIZE;
        long valueAt = keyAt + keySize;
        switch (kind) {
            case EntryFormat.CLOCK -> {}
            case EntryFormat.CATALOGUE ->
                    names.putAll(
                            catalogue.apply(
                                    Bytes.copyOut(segment, valueAt, Math.toIntExact(valueSize))));
            case EntryFormat.DELETE ->
                    changes.add(
                            new Change(
                                    Change.Kind.DELETE,
                                    number,
                                    names.get(number),
                                    Bytes.copyOut(segment, keyAt, keySize),
                                    null,
                                    null,
                                    null));
            case EntryFormat.RANGE_DELETE ->
                    changes.add(
                            new Change(
                                    Change.Kind.DELETE_RANGE,
                                    number,
                                    names.get(number),
                                    keySize == 0 ? null : Bytes.copyOut(segment, keyAt, keySize),
                                    valueSize == 0
                                            ? null
                                            : Bytes.copyOut(
                                                    segment,
                                                    valueAt + 1,
                                                    Math.toIntExact(valueSize - 1)),
                                    null,
                                    null));
            default -> {
                int prefix = EntryFormat.prefixSize(kind);
                if (prefix > valueSize) {
                    throw new CorruptionException("changes: value is too short", file, offset);
                }
                long expiry = prefix == 0 ? 0 : segment.get(Bytes.LONG, valueAt);
                changes.add(
                        new Change(
                                Change.Kind.PUT,
                                number,
                                names.get(number),
                                Bytes.copyOut(segment, keyAt, keySize),
                                null,
                                copy(segment, valueAt + prefix, valueSize - prefix),
                                expiry == 0 ? null : Instant.ofEpochMilli(expiry)));
            }
        }
    }

    private static MemorySegment copy(MemorySegment segment, long at, long size) {
        MemorySegment copy =
                size <= Integer.MAX_VALUE - 8
                        ? MemorySegment.ofArray(new byte[(int) size])
                        : Arena.ofAuto().allocate(size);
        MemorySegment.copy(segment, at, copy, 0, size);
        return copy.asReadOnly();
    }
}
