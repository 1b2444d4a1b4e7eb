package dev.kvarts.testkit;

/// One call of the file system, about to happen.
///
/// @param number counts from 0 since the disk was made
/// @param kind what it does
/// @param directory where
/// @param file the file's name; empty for the directory itself
public record Operation(long number, Kind kind, String directory, String file) {
    /// What an operation does.
    public enum Kind {
        CREATE,
        APPEND,
        FORCE,
        MAP,
        MAP_FORCE,
        RENAME,
        DELETE,
        SYNC,
        LINK,
        OPEN,
        READ,
        LIST,
        LOCK;

        /// Whether it may change what a crash leaves.
        public boolean changes() {
            return switch (this) {
                case CREATE, APPEND, FORCE, MAP, MAP_FORCE, RENAME, DELETE, SYNC, LINK -> true;
                case OPEN, READ, LIST, LOCK -> false;
            };
        }
    }
}
