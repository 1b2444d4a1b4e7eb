package dev.kvarts.api;

import java.time.Instant;

/// One backup of a backup directory.
///
/// @param number rises with each backup of the directory
/// @param parent number of the backup that it goes on from without a gap, so that every moment
///   between the two can be restored; 0 if none
/// @param database identity of the database
/// @param sequence everything up to this sequence number is in it, and nothing after it
/// @param time what time it was then, by the clock of the database
/// @param files that it is made of
/// @param bytes of them; those that it shares with other backups count in each
public record BackupInfo(
        long number,
        long parent,
        long database,
        long sequence,
        Instant time,
        int files,
        long bytes) {}
