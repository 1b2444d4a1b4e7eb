package dev.kvarts.api;

/// Somebody else changed the same keys first, and kept doing so for as long as it was worth trying.
public final class ConflictException extends KvartsException {
    private static final long serialVersionUID = 1L;

    public ConflictException(String message) {
        super(message, null);
    }

    @Override
    public boolean retryable() {
        return true;
    }

    @Override
    public boolean deterministic() {
        return false;
    }
}
