package dev.kvarts.testkit.isolation;

import java.util.Arrays;

/// What each transaction saw of the others: its first read of each key, without what itself had
/// written by then. All its other reads follow from that and from its own writes, or the
/// transaction contradicts itself.
final class Transcript {
    private final History history;
    private final Findings findings;
    private final boolean lists;

    // One for each read that saw others.
    private final IntList transactions = new IntList(1024);
    private final IntList positions = new IntList(1024);
    private final IntList sizes = new IntList(1024); // elements of others

    private final int[] replacedBy; // by version: what its own transaction wrote after it, or -1
    private final boolean[] writes; // by transaction: whether it writes at all

    // Of the transaction that is looked at; by key. A stamp tells whose the rest is.
    private final int[] readStamps;
    private final int[] readPositions;
    private final int[] readSizes;
    private final int[] writeStamps;
    private final int[] writeCounts;
    private final int[] writeVersions; // the last
    private final boolean[] writeDeletes; // whether the last is a deletion

    /// @param lists whether keys are lists, and not registers
    Transcript(History history, Findings findings, boolean lists) {
        this.history = history;
        this.findings = findings;
        this.lists = lists;
        replacedBy = new int[history.versions()];
        Arrays.fill(replacedBy, -1);
        writes = new boolean[history.transactions()];
        readStamps = new int[history.keys()];
        readPositions = new int[history.keys()];
        readSizes = new int[history.keys()];
        writeStamps = new int[history.keys()];
        writeCounts = new int[history.keys()];
        writeVersions = new int[history.keys()];
        writeDeletes = new boolean[history.keys()];
        var operations = new Operations(history);
        var earlier = new Operations(history);
        for (int transaction = 0; transaction < history.transactions(); transaction++) {
            operations.of(transaction);
            while (operations.next()) {
                if (operations.isRead()) {
                    read(transaction, operations, earlier);
                } else if (operations.isWrite()) {
                    written(transaction, operations);
                }
            }
        }
    }

    int size() {
        return transactions.size();
    }

    int transaction(int read) {
        return transactions.get(read);
    }

    /// Elements of others.
    int elements(int read) {
        return sizes.get(read);
    }

    /// Has the operations stand on the read.
    void go(int read, Operations operations) {
        operations.go(transactions.get(read), positions.get(read));
    }

    /// What the writer of the version wrote to its key after it, or -1.
    int replacedBy(int version) {
        return replacedBy[version];
    }

    /// Whether the transaction writes anything.
    boolean writes(int transaction) {
        return writes[transaction];
    }

    /// The last version of the key that the transaction wrote, or -1. Walks over the transaction.
    int written(int transaction, int key, Operations operations) {
        int last = -1;
        operations.of(transaction);
        while (writes[transaction] && operations.next()) {
            if (operations.isWrite() && operations.key() == key) {
                last = history.version(operations.written());
            }
        }
        return last;
    }

    private void written(int transaction, Operations operations) {
        int key = operations.key();
        int version = history.version(operations.written());
        writes[transaction] = true;
        if (writeStamps[key] == transaction + 1) {
            replacedBy[writeVersions[key]] = version;
            writeCounts[key]++;
        } else {
            writeStamps[key] = transaction + 1;
            writeCounts[key] = 1;
        }
        writeVersions[key] = version;
        writeDeletes[key] = operations.isDelete();
    }

    private void read(int transaction, Operations operations, Operations earlier) {
        int key = operations.key();
        boolean wrote = writeStamps[key] == transaction + 1;
        int own = wrote ? writeCounts[key] : 0;
        if (wrote && !(lists ? endsWithOwn(transaction, operations, own) : isOwn(operations))) {
            contradiction("does not see what itself wrote", transaction, key);
            return;
        }
        if (!lists && wrote) {
            return;
        }
        int size = operations.size() - own;
        if (readStamps[key] != transaction + 1) {
            readStamps[key] = transaction + 1;
            readPositions[key] = operations.position();
            readSizes[key] = size;
            transactions.add(transaction);
            positions.add(operations.position());
            sizes.add(size);
            return;
        }
        earlier.go(transaction, readPositions[key]);
        boolean same = size == readSizes[key];
        for (int i = 0; same && i < size; i++) {
            same = operations.element(i) == earlier.element(i);
        }
        if (!same) {
            contradiction("sees two different pasts", transaction, key);
        }
    }

    private boolean isOwn(Operations operations) {
        int key = operations.key();
        return writeDeletes[key]
                ? operations.size() == 0
                : operations.size() == 1
                        && history.version(operations.element(0)) == writeVersions[key];
    }

    private boolean endsWithOwn(int transaction, Operations operations, int own) {
        int at = operations.size() - own;
        if (at < 0) {
            return false;
        }
        var before = new Operations(history);
        before.of(transaction);
        while (before.next() && before.position() != operations.position()) {
            if (before.isWrite() && before.key() == operations.key()) {
                if (before.written() != operations.element(at++)) {
                    return false;
                }
            }
        }
        return true;
    }

    private void contradiction(String what, int transaction, int key) {
        findings.add(
                AnomalyKind.INTERNAL,
                history.name(transaction) + " " + what + ": key " + key,
                transaction);
    }
}
