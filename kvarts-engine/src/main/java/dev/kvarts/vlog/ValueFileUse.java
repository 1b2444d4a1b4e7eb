package dev.kvarts.vlog;

/// How much of a value file is still needed.
///
/// @param number of the file
/// @param fileBytes its size
/// @param valueBytes of all its values, before compression: what its footer says
/// @param liveBytes of those that tables point to, likewise
/// @param age how long ago it was written, in any unit that is the same for all files: bytes or
///   sequence numbers written since
public record ValueFileUse(long number, long fileBytes, long valueBytes, long liveBytes, long age) {
    /// Share of the file that is needed, 0..1.
    double liveShare() {
        return valueBytes == 0 ? 0 : Math.min(1, (double) liveBytes / valueBytes);
    }

    /// Bytes that a reclaim would write.
    long survivorBytes() {
        return (long) (fileBytes * liveShare());
    }
}
