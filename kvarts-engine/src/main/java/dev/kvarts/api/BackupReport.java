package dev.kvarts.api;

/// What making a backup did.
///
/// @param backup the new one
/// @param copiedFiles files that no earlier backup had
/// @param copiedBytes of them
public record BackupReport(BackupInfo backup, int copiedFiles, long copiedBytes) {}
