package dev.kvarts.testkit.isolation;

import java.util.Arrays;
import java.util.List;

/// What all clients did: transactions, numbered through, and the versions they wrote.
///
/// Immutable, as long as its recorders are left alone.
public final class History {
    /// Transactions of a history, at most.
    public static final int TRANSACTIONS_MAX = 1 << 22;

    private static final int SHOWN_MAX = 80; // operations that are printed

    private final Recorder[] recorders;
    private final int[] firstTransactions; // by recorder, and one more
    private final int[] firstVersions; // by recorder, and one more
    private final int[] versionTransactions; // by version
    private final int[] versionKeys; // by version
    private final boolean[] committed; // by transaction
    private final boolean[] undone; // by version
    private final boolean timed;
    private final int keys;
    private final long reads;

    private History(List<Recorder> recorders) {
        this.recorders = recorders.toArray(Recorder[]::new);
        int count = this.recorders.length;
        firstTransactions = new int[count + 1];
        firstVersions = new int[count + 1];
        for (int i = 0; i < count; i++) {
            Recorder recorder = this.recorders[i];
            if (recorder.number() != i) {
                throw new IllegalArgumentException("recorder " + recorder.number() + " is at " + i);
            }
            firstTransactions[i + 1] = firstTransactions[i] + recorder.transactions();
            firstVersions[i + 1] = firstVersions[i] + recorder.elements();
        }
        if (transactions() > TRANSACTIONS_MAX) {
            throw new IllegalArgumentException("transactions of a history: " + transactions());
        }
        timed = recorders.stream().allMatch(Recorder::isTimed);
        versionTransactions = new int[firstVersions[count]];
        versionKeys = new int[firstVersions[count]];
        for (int i = 0; i < count; i++) {
            for (int counter = 1; counter <= this.recorders[i].elements(); counter++) {
                int version = firstVersions[i] + counter - 1;
                versionTransactions[version] =
                        firstTransactions[i] + this.recorders[i].elementTransaction(counter);
                versionKeys[version] = this.recorders[i].elementKey(counter);
            }
        }
        committed = new boolean[transactions()];
        undone = new boolean[versions()];
        var operations = new Operations(this);
        int keyMax = -1;
        long readCount = 0;
        for (int transaction = 0; transaction < transactions(); transaction++) {
            committed[transaction] = outcome(transaction) == Recorder.COMMITTED;
            operations.of(transaction);
            while (operations.next()) {
                keyMax = Math.max(keyMax, operations.key());
                readCount += operations.isRead() ? 1 : 0;
                if (operations.isUndone()) {
                    undone[version(operations.written())] = true;
                }
            }
        }
        keys = keyMax + 1;
        reads = readCount;
        countSeenAsCommitted(operations);
    }

    /// The history of these recorders, which are numbered from 0.
    public static History of(List<Recorder> recorders) {
        return new History(recorders);
    }

    /// Who did not hear how his transaction ended has committed if somebody saw what he wrote.
    private void countSeenAsCommitted(Operations operations) {
        var before = committed.clone();
        for (int transaction = 0; transaction < transactions(); transaction++) {
            operations.of(transaction);
            while (before[transaction] && operations.next()) {
                for (int i = 0; operations.isRead() && i < operations.size(); i++) {
                    int version = version(operations.element(i));
                    if (version >= 0 && outcome(versionTransactions[version]) == Recorder.OPEN) {
                        committed[versionTransactions[version]] = true;
                    }
                }
            }
        }
    }

    int transactions() {
        return firstTransactions[recorders.length];
    }

    int versions() {
        return firstVersions[recorders.length];
    }

    /// One above the highest.
    int keys() {
        return keys;
    }

    long reads() {
        return reads;
    }

    boolean isTimed() {
        return timed;
    }

    boolean isCommitted(int transaction) {
        return committed[transaction];
    }

    /// Whether the version must not be seen, or, if nobody knows the end of its writer, is not.
    boolean isVoid(int version) {
        return undone[version] || !committed[versionTransactions[version]];
    }

    /// Whether nobody knows if it was committed.
    boolean isUnknown(int transaction) {
        return outcome(transaction) == Recorder.OPEN && !committed[transaction];
    }

    int committedCount() {
        int count = 0;
        for (boolean yes : committed) {
            count += yes ? 1 : 0;
        }
        return count;
    }

    /// The version that an element stands for, -1 if there is none.
    int version(int element) {
        int number = element & (Recorder.RECORDERS_MAX - 1);
        int counter = element >>> Recorder.NUMBER_BITS;
        boolean exists =
                element > 0
                        && number < recorders.length
                        && counter >= 1
                        && counter <= recorders[number].elements();
        return exists ? firstVersions[number] + counter - 1 : -1;
    }

    /// Who wrote the version.
    int writer(int version) {
        return versionTransactions[version];
    }

    int keyOf(int version) {
        return versionKeys[version];
    }

    long beginTime(int transaction) {
        int recorder = recorderOf(transaction);
        return recorders[recorder].beginTime(transaction - firstTransactions[recorder]);
    }

    long endTime(int transaction) {
        int recorder = recorderOf(transaction);
        return recorders[recorder].endTime(transaction - firstTransactions[recorder]);
    }

    long sequence(int transaction) {
        int recorder = recorderOf(transaction);
        return recorders[recorder].sequence(transaction - firstTransactions[recorder]);
    }

    /// The recorder that is client and place of the transaction, as in `T3.17`.
    public String name(int transaction) {
        int recorder = recorderOf(transaction);
        return "T" + recorder + "." + (transaction - firstTransactions[recorder]);
    }

    /// The element as it is printed: recorder and count of its writes.
    static String elementName(int element) {
        return (element & (Recorder.RECORDERS_MAX - 1)) + "." + (element >>> Recorder.NUMBER_BITS);
    }

    /// What the transaction did, in a line.
    String account(int transaction) {
        var text = new StringBuilder(name(transaction));
        text.append(
                switch (outcome(transaction)) {
                    case Recorder.COMMITTED -> " committed:";
                    case Recorder.ABORTED -> " aborted:";
                    default -> isCommitted(transaction) ? " seen:" : " unknown:";
                });
        var operations = new Operations(this);
        operations.of(transaction);
        for (int shown = 0; operations.next(); shown++) {
            if (shown == SHOWN_MAX) {
                return text.append(" ...").toString();
            }
            operations.describe(text.append(' '));
        }
        return text.toString();
    }

    private byte outcome(int transaction) {
        int recorder = recorderOf(transaction);
        return recorders[recorder].outcome(transaction - firstTransactions[recorder]);
    }

    int recorderOf(int transaction) {
        int found = Arrays.binarySearch(firstTransactions, transaction);
        if (found < 0) {
            return -found - 2;
        }
        while (firstTransactions[found + 1] == transaction) {
            found++; // recorders without a transaction
        }
        return found;
    }

    Recorder recorder(int number) {
        return recorders[number];
    }

    int firstTransaction(int recorder) {
        return firstTransactions[recorder];
    }
}
