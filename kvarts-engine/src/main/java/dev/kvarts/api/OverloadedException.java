package dev.kvarts.api;

/// A limit with a name was reached: memory, keyspaces, open files. Nothing was changed.
public final class OverloadedException extends KvartsException {
    private static final long serialVersionUID = 1L;

    public OverloadedException(String message) {
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
