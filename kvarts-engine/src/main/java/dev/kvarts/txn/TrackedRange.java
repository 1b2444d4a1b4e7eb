package dev.kvarts.txn;

/// A stretch of keys that a transaction has to do with: it grows as a cursor walks on.
///
/// Thread safety: one thread at a time.
public final class TrackedRange {
    private byte[] from;
    private byte[] to; // null: no end

    /// @param from the first key
    /// @param to the first key behind it; null: no end
    public TrackedRange(byte[] from, byte[] to) {
        this.from = from;
        this.to = to;
    }

    public byte[] from() {
        return from;
    }

    /// The first key behind it; null: no end.
    public byte[] to() {
        return to;
    }

    public void from(byte[] lower) {
        from = lower;
    }

    public void to(byte[] higher) {
        to = higher;
    }
}
