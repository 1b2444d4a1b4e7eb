package dev.kvarts.vlog;

/// What the footer of a value file says.
///
/// @param records all of them
/// @param keyBytes of all keys
/// @param valueBytes of all values, before compression
/// @param storedBytes of all values, as they lie in the file
/// @param smallestRecord bytes of head, key and stored value; 0 without records
public record ValueFileStatistics(
        long records, long keyBytes, long valueBytes, long storedBytes, long smallestRecord) {
    /// Size of the file that holds them.
    public long fileBytes() {
        return ValueFileFormat.FILE_SIZE_MIN
                + records * ValueFileFormat.RECORD_HEADER_SIZE
                + keyBytes
                + storedBytes;
    }
}
