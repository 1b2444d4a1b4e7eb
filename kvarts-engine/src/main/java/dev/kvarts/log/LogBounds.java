package dev.kvarts.log;

import java.io.IOException;
import java.util.List;

/// What is known of a log besides its files.
///
/// @param database identity of the database
/// @param floor oldest generation that is needed
/// @param open generation that was begun when the database was last opened, 0 if none
/// @param ends generations whose end is known
public record LogBounds(long database, long floor, long open, List<LogEnd> ends) {
    public LogBounds {
        ends = List.copyOf(ends);
    }

    /// Where the generation ends; null if that is not known.
    Long end(long generation) {
        for (LogEnd end : ends) {
            if (end.generation() == generation) {
                return Math.max(end.offset(), LogFormat.HEADER_SIZE);
            }
        }
        return null;
    }

    /// Says what is so now.
    @FunctionalInterface
    public interface Source {
        LogBounds read() throws IOException;
    }
}
