package dev.kvarts.api;

/// The file system or the device did not do what was asked: full, unreadable, unwritable, gone.
///
/// A full disk is [retryable()][#retryable()]: space may be freed, and the database heals without a
/// restart. After a failed sync it is not: the first cause is kept and every later write is
/// refused, because a second sync would claim what the first one lost.
public final class StorageException extends KvartsException {
    private static final long serialVersionUID = 1L;
    private final boolean retryable;

    public StorageException(String message, Throwable cause, boolean retryable) {
        super(message, cause);
        this.retryable = retryable;
    }

    public StorageException(String message, Throwable cause) {
        this(message, cause, false);
    }

    @Override
    public boolean retryable() {
        return retryable;
    }

    @Override
    public boolean deterministic() {
        return false;
    }
}
