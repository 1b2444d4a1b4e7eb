package dev.kvarts.api;

/// The keyspace asks for a token that the handle does not show. Nothing was changed.
///
/// A handle that shows one comes from [Keyspace#with(Token)].
public final class AccessDeniedException extends KvartsException {
    private static final long serialVersionUID = 1L;

    public AccessDeniedException(String message) {
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
