package dev.kvarts.api;

/// Bytes on disk are not what was written: a checksum, a length or an identity does not fit.
///
/// The damaged bytes are never returned as data. [file()][#file()] and [offset()][#offset()] say
/// where; `kvarts verify` lists everything else that is damaged.
public final class CorruptionException extends KvartsException {
    private static final long serialVersionUID = 1L;
    private final String file;
    private final long offset;

    /// `what` is constant text; file and offset are appended to the message.
    public CorruptionException(String what, String file, long offset) {
        this(what, file, offset, null);
    }

    public CorruptionException(String what, String file, long offset, Throwable cause) {
        super(what + " file=" + file + " offset=" + offset, cause);
        this.file = file;
        this.offset = offset;
    }

    /// Name of the damaged file, relative to the database's directory.
    public String file() {
        return file;
    }

    /// Byte offset in the file at which the damaged unit (page, record, header) begins.
    public long offset() {
        return offset;
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
