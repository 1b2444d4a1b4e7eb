package dev.kvarts.db;

import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Prefixed;
import dev.kvarts.entry.EntryFormat;

/// Until when parts of a record are taken, as it stands in front of the record: the end of the
/// window in milliseconds since 1970, times 2, plus 1 if a final part has come.
///
/// The end is told by the first part, and the parts after it leave it as it is: so whoever reads
/// the record, on whatever machine, knows as much as the writers did.
///
/// @param endMillis parts are taken before this time
/// @param hasFinal whether a final part has come
record GatherWindow(long endMillis, boolean hasFinal) {
    /// Of what is not 0 in [dev.kvarts.entry.Lookup#window].
    static GatherWindow decode(long window) {
        return new GatherWindow(window >>> 1, (window & 1) != 0);
    }

    private long encode() {
        return endMillis << 1 | (hasFinal ? 1 : 0);
    }

    boolean takesPartsAt(long millis) {
        return !hasFinal && millis < endMillis;
    }

    GatherWindow with(boolean last) {
        return new GatherWindow(endMillis, hasFinal || last);
    }

    /// The record behind its prefix.
    ///
    /// @param expiry 0: it does not expire
    Prefixed stored(byte[] value, long expiry) {
        byte[] prefix = new byte[EntryFormat.GATHERED_SIZE];
        Bytes.putLong(prefix, 0, expiry);
        Bytes.putLong(prefix, EntryFormat.EXPIRY_SIZE, encode());
        return new Prefixed(prefix, value);
    }
}
