package dev.kvarts.testkit;

import java.io.IOException;

/// Half of it is to be written before the failure.
final class ShortWriteException extends IOException {
    private static final long serialVersionUID = 1L;

    ShortWriteException(IOException failure) {
        super(failure);
    }

    /// What the caller gets to see.
    IOException failure() {
        return (IOException) getCause();
    }
}
