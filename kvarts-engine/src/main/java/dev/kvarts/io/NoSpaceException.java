package dev.kvarts.io;

import java.io.IOException;

/// The device or the quota is full. Freeing space heals it.
public final class NoSpaceException extends IOException {
    private static final long serialVersionUID = 1L;

    public NoSpaceException(String message, Throwable cause) {
        super(message, cause);
    }
}
