package dev.kvarts.api;

/// The keyspace holds as much as its owner allows. Nothing was changed.
///
/// Entries may be deleted all the same, and values replaced by others that are no larger. It is not
/// retryable: somebody has to delete, or to allow more.
public final class OverQuotaException extends KvartsException {
    private static final long serialVersionUID = 1L;

    public OverQuotaException(String message) {
        super(message, null);
    }

    @Override
    public boolean retryable() {
        return false;
    }

    @Override
    public boolean deterministic() {
        return true;
    }
}
