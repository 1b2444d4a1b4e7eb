package dev.kvarts.manifest;

/// A run that is alive.
///
/// @param number unique in the database, never used again; also in the file's name
/// @param id what the maplets call it, 0..255; free again when the run is gone
/// @param fileBytes size of its file
/// @param born sequence number that the database had reached when it was written: its age decides
///   when it is reclaimed
public record RunMeta(long number, int id, long fileBytes, long born) {}
