package dev.kvarts.api;

import java.time.Instant;

/// What a restore did.
///
/// @param backup number of the backup that it began with
/// @param sequence the restored database ends with this sequence number
/// @param time last time that the restored database knows of; null if none
/// @param files copied
/// @param bytes of them
/// @param changes records that were brought back from the change stream, to be replayed when the
///   database is opened
/// @param unlogged sequence numbers among them that the change stream does not know: writes of
///   [Durability#NONE] and ingested entries, which are missing
public record RestoreReport(
        long backup,
        long sequence,
        Instant time,
        int files,
        long bytes,
        long changes,
        long unlogged) {}
