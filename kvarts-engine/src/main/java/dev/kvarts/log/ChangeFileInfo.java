package dev.kvarts.log;

/// What a file of past changes says of itself.
///
/// @param generation of the commit log that it holds
/// @param firstSequence its first record has at least this
/// @param nextSequence the next generation begins with at least this
/// @param firstClock first time stated in it, in milliseconds since 1970, 0 if none
/// @param lastClock last time known at its end, 0 if none
/// @param records how many
/// @param fileBytes size of the file
public record ChangeFileInfo(
        long generation,
        long firstSequence,
        long nextSequence,
        long firstClock,
        long lastClock,
        long records,
        long fileBytes) {
    public String name() {
        return ChangeFormat.fileName(generation);
    }
}
