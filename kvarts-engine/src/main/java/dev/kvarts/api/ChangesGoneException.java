package dev.kvarts.api;

/// The changes that were asked for are retained no longer. A consumer begins anew with a copy of
/// the data, and with the changes since.
public final class ChangesGoneException extends KvartsException {
    private static final long serialVersionUID = 1L;

    private final long oldest;

    /// @param asked sequence number that was asked for
    /// @param oldest the lowest that can be asked for
    public ChangesGoneException(long asked, long oldest) {
        super("changes: no longer retained, sequence=" + asked + " oldest=" + oldest, null);
        this.oldest = oldest;
    }

    /// The lowest sequence number that can be asked for now.
    public long oldest() {
        return oldest;
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
