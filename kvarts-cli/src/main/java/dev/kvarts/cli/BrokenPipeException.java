package dev.kvarts.cli;

import java.io.IOException;

/// Whoever read our output has seen enough (`kvarts scan ... | head`). Not an error.
final class BrokenPipeException extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenPipeException(IOException cause) {
        super("closed pipe", cause);
    }
}
