package dev.kvarts.api;

import java.time.Duration;
import java.util.Objects;

/// How long the change stream can be read back: what exceeds either limit goes, the oldest first,
/// in whole files of about a segment of the commit log.
///
/// @param bytes most that the files of past changes take, compressed; 0 is no limit
/// @param age how long a change is kept; zero is no limit. Both zero: there is no change stream
public record ChangeRetention(long bytes, Duration age) {
    /// No change stream; what was retained is deleted.
    public static final ChangeRetention NONE = new ChangeRetention(0, Duration.ZERO);

    public ChangeRetention {
        Objects.requireNonNull(age, "age");
        if (bytes < 0 || age.isNegative()) {
            throw new IllegalArgumentException(
                    "changes out of range: bytes=" + bytes + " age=" + age);
        }
    }

    /// Whether changes are kept at all.
    public boolean enabled() {
        return bytes > 0 || age.isPositive();
    }
}
