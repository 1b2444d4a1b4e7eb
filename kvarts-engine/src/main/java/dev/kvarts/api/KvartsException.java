package dev.kvarts.api;

/// Anything that goes wrong and is not the caller's mistake.
///
/// The message is a constant text followed by the facts (`commit log: checksum mismatch file=log-3
/// offset=4096`), so that it can be searched for and counted. The caller's own mistakes are
/// [IllegalArgumentException], [IllegalStateException] and [NullPointerException].
public abstract sealed class KvartsException extends RuntimeException
        permits StorageException,
                CorruptionException,
                ConflictException,
                OverloadedException,
                OverQuotaException,
                AccessDeniedException,
                ChangesGoneException {
    private static final long serialVersionUID = 1L;

    KvartsException(String message, Throwable cause) {
        super(message, cause);
    }

    /// Whether the same call may succeed later without anybody repairing anything.
    public abstract boolean retryable();

    /// Whether the same call on the same files would fail in the same way again.
    public abstract boolean deterministic();
}
