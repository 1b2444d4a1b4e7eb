package dev.kvarts.io;

import java.io.IOException;

/// What should be a directory is a file.
public final class NotADirectoryException extends IOException {
    private static final long serialVersionUID = 1L;

    public NotADirectoryException(String message) {
        super(message);
    }
}
