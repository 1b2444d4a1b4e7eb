package dev.kvarts.io;

import java.io.IOException;

/// Another opener has the directory. The message names its process id where it is known.
public final class LockedException extends IOException {
    private static final long serialVersionUID = 1L;

    public LockedException(String message) {
        super(message);
    }
}
