package dev.kvarts.testkit.isolation;

/// Walks over the operations of a transaction.
final class Operations {
    private static final int SHOWN_MAX = 40; // elements of a list that are printed

    private final History history;
    private Recorder recorder;
    private int at;
    private int next;
    private int end;

    Operations(History history) {
        this.history = history;
    }

    /// Stands before the first operation of the transaction.
    void of(int transaction) {
        int number = history.recorderOf(transaction);
        recorder = history.recorder(number);
        int local = transaction - history.firstTransaction(number);
        next = recorder.operationsBegin(local);
        end = recorder.operationsEnd(local);
    }

    boolean next() {
        if (next == end) {
            return false;
        }
        at = next;
        next += isRead() ? 2 + size() : 2;
        return true;
    }

    private int operation() {
        return recorder.operation(at) & ((1 << Recorder.KEY_SHIFT) - 1);
    }

    int key() {
        return recorder.operation(at) >>> Recorder.KEY_SHIFT;
    }

    boolean isRead() {
        return operation() == Recorder.READ || operation() == Recorder.SCANNED;
    }

    /// Whether it makes a version of the key.
    boolean isWrite() {
        return !isRead() && !isUndone();
    }

    boolean isUndone() {
        return operation() == Recorder.UNDONE;
    }

    boolean isScanned() {
        return operation() == Recorder.SCANNED;
    }

    boolean isDelete() {
        return operation() == Recorder.DELETE;
    }

    boolean isPreload() {
        return operation() == Recorder.PRELOAD;
    }

    /// Elements that were read.
    int size() {
        return recorder.operation(at + 1);
    }

    int element(int index) {
        return recorder.operation(at + 2 + index);
    }

    /// The element that was written.
    int written() {
        return recorder.operation(at + 1);
    }

    /// Where it stands, to come back to it with [#go].
    int position() {
        return at;
    }

    /// Stands on an operation of this transaction again.
    void go(int transaction, int position) {
        of(transaction);
        next = position;
        next();
    }

    void describe(StringBuilder text) {
        switch (operation()) {
            case Recorder.READ -> text.append("read(");
            case Recorder.SCANNED -> text.append("scan(");
            case Recorder.WRITE -> text.append("write(");
            case Recorder.DELETE -> text.append("delete(");
            case Recorder.PRELOAD -> text.append("preload(");
            default -> text.append("undone(");
        }
        text.append(key()).append(")=");
        if (!isRead()) {
            text.append(History.elementName(written()));
            return;
        }
        text.append('[');
        int first = Math.max(0, size() - SHOWN_MAX);
        text.append(first == 0 ? "" : "... ");
        for (int i = first; i < size(); i++) {
            text.append(i == first ? "" : " ").append(History.elementName(element(i)));
        }
        text.append(']');
    }
}
