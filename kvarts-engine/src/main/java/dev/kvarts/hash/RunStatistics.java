package dev.kvarts.hash;

/// What the trailer of a run says of it. Sizes in bytes.
public record RunStatistics(
        long pages,
        long records,
        long tombstones,
        long recordBytes,
        long userBytes,
        long sequenceMin,
        long sequenceMax) {}
