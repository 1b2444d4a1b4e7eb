package dev.kvarts.hash;

import dev.kvarts.entry.ExpiryTimes;

/// What the trailer of a run says of it. Sizes in bytes.
///
/// @param expiries of its records that are no tombstones
public record RunStatistics(
        long pages,
        long records,
        long tombstones,
        long recordBytes,
        long userBytes,
        long sequenceMin,
        long sequenceMax,
        ExpiryTimes expiries) {
    /// Of a run of which nothing expires.
    public RunStatistics(
            long pages,
            long records,
            long tombstones,
            long recordBytes,
            long userBytes,
            long sequenceMin,
            long sequenceMax) {
        this(
                pages,
                records,
                tombstones,
                recordBytes,
                userBytes,
                sequenceMin,
                sequenceMax,
                ExpiryTimes.NONE);
    }

    RunStatistics with(ExpiryTimes times) {
        return new RunStatistics(
                pages,
                records,
                tombstones,
                recordBytes,
                userBytes,
                sequenceMin,
                sequenceMax,
                times);
    }
}
