package dev.kvarts.api;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;

/// One change of a [ChangeBatch].
///
/// @param kind what happened
/// @param keyspaceNumber what the database calls the keyspace, never given to another; 0 of
///   [Kind#UNLOGGED]
/// @param keyspace its name; null of a keyspace that was dropped and whose name is not known any
///   more, and of [Kind#UNLOGGED]
/// @param key of [Kind#DELETE_RANGE]: where the range begins, null if it has no beginning; null of
///   [Kind#UNLOGGED]
/// @param rangeEnd of [Kind#DELETE_RANGE]: the first key that is not in the range, null if it has
///   no end; null of others
/// @param valueSegment the value of [Kind#PUT], else null
/// @param expiry of [Kind#PUT]: when the entry expires, null if it does not
@SuppressWarnings("ArrayRecordComponent") // identity is not asked of a change
public record Change(
        Kind kind,
        int keyspaceNumber,
        String keyspace,
        byte[] key,
        byte[] rangeEnd,
        MemorySegment valueSegment,
        Instant expiry) {
    /// What happened.
    public enum Kind {
        PUT,
        DELETE,
        DELETE_RANGE,
        /// Something that the commit log does not know: writes of [Durability#NONE], ingested
        /// entries, or sequence numbers that a crash took before anybody could rely on them. A
        /// consumer that keeps a copy may miss something here.
        UNLOGGED
    }

    /// A copy of the value of [Kind#PUT], else null.
    ///
    /// @throws IllegalStateException if it is larger than [Limits#VALUE_ARRAY_SIZE_MAX]
    public byte[] value() {
        if (valueSegment == null) {
            return null;
        }
        if (valueSegment.byteSize() > Limits.VALUE_ARRAY_SIZE_MAX) {
            throw new IllegalStateException(
                    "value does not fit an array: size=" + valueSegment.byteSize());
        }
        return valueSegment.toArray(ValueLayout.JAVA_BYTE);
    }
}
