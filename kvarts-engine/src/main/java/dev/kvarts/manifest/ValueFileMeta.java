package dev.kvarts.manifest;

/// A value file that is alive.
///
/// @param number unique in the database, never used again; also in the file's name
/// @param fileBytes size of its file
public record ValueFileMeta(long number, long fileBytes) {}
