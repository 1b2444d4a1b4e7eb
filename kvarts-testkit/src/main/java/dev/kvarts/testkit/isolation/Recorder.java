package dev.kvarts.testkit.isolation;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.LongSupplier;

/// Notes what the transactions of one client did, one after the other.
///
/// Every version that is written has a number that no other has, an *element*, which the recorder
/// hands out: a register holds one, a list holds those that were appended. A key is a number as
/// well. An operation is noted as a few ints in one array:
///
/// ```
/// | operation      | ints                                        |
/// |----------------|---------------------------------------------|
/// | read, scanned  | key << 3 | operation, size, element, ...    |
/// | all others     | key << 3 | operation, element               |
/// ```
///
/// Thread safety: one thread at a time; every client has its own, so that recording orders nobody.
public final class Recorder {
    /// Recorders of a history, at most.
    public static final int RECORDERS_MAX = 1 << Recorder.NUMBER_BITS;

    static final int READ = 0;
    static final int SCANNED = 1;
    static final int WRITE = 2;
    static final int DELETE = 3;
    static final int PRELOAD = 4; // a write before which there was nothing to read
    static final int UNDONE = 5;

    static final byte OPEN = 0; // nobody knows how it ended
    static final byte COMMITTED = 1;
    static final byte ABORTED = 2;

    static final int NUMBER_BITS = 6;
    static final int KEY_SHIFT = 3;
    private static final int KEY_MAX = Integer.MAX_VALUE >> KEY_SHIFT;
    private static final int COUNTER_MAX = Integer.MAX_VALUE >> NUMBER_BITS;

    private final int number;
    private final LongSupplier clock; // null: the clock is not looked at

    // One for each transaction.
    private final IntList begins = new IntList(); // where its operations begin
    private byte[] outcomes = new byte[16];
    private long[] beginTimes = new long[16];
    private long[] endTimes = new long[16];
    private long[] sequences = new long[16];

    private final IntList operations = new IntList(1024);
    private final IntList elementTransactions = new IntList(); // by counter - 1
    private final IntList elementKeys = new IntList();
    private boolean open;

    /// @param number of the recorder in its history, from 0
    /// @param clock never goes back, and is the same for all recorders of a history; null: a
    ///   history in which nothing is known of time
    public Recorder(int number, LongSupplier clock) {
        Objects.checkIndex(number, RECORDERS_MAX);
        this.number = number;
        this.clock = clock;
    }

    /// A transaction begins. To be called before the store is asked for one.
    public void begin() {
        requireState(!open, "a transaction is open");
        open = true;
        int transaction = begins.size();
        if (transaction == outcomes.length) {
            int capacity = Math.multiplyExact(transaction, 2);
            outcomes = Arrays.copyOf(outcomes, capacity);
            beginTimes = Arrays.copyOf(beginTimes, capacity);
            endTimes = Arrays.copyOf(endTimes, capacity);
            sequences = Arrays.copyOf(sequences, capacity);
        }
        begins.add(operations.size());
        outcomes[transaction] = OPEN;
        beginTimes[transaction] = clock == null ? 0 : clock.getAsLong();
        endTimes[transaction] = Long.MAX_VALUE;
    }

    /// The key was read: the elements of its list, the one of its register, or none.
    public void read(int key, int... elements) {
        note(READ, key, elements);
    }

    /// As [#read], but the key was not named: it is in a range that was scanned. Keys of the range
    /// that the scan did not meet are noted as well, without elements.
    public void scanned(int key, int... elements) {
        note(SCANNED, key, elements);
    }

    /// The key is about to be appended to, or to be put. Returns the element to write.
    public int write(int key) {
        return noteWrite(WRITE, key);
    }

    /// The key is about to be deleted. Returns the number of the version that is none.
    public int delete(int key) {
        return noteWrite(DELETE, key);
    }

    /// As [#write], of a key that nobody reads before this transaction is committed.
    public int preload(int key) {
        return noteWrite(PRELOAD, key);
    }

    /// As [#write], of what the transaction takes back at once: nobody sees it, whatever becomes of
    /// the transaction.
    public int undone(int key) {
        return noteWrite(UNDONE, key);
    }

    /// It was committed. To be called after the store has said so.
    public void committed() {
        committed(0);
    }

    /// As [#committed()], and the store has told its place in the order of commits.
    ///
    /// @param sequence above 0; 0: not told
    public void committed(long sequence) {
        end(COMMITTED);
        sequences[begins.size() - 1] = sequence;
    }

    /// It is certain that it was not committed.
    public void aborted() {
        end(ABORTED);
    }

    /// Nobody knows whether it was committed.
    public void unknown() {
        end(OPEN);
        endTimes[begins.size() - 1] = Long.MAX_VALUE;
    }

    private void end(byte outcome) {
        requireState(open, "no transaction is open");
        open = false;
        int transaction = begins.size() - 1;
        outcomes[transaction] = outcome;
        endTimes[transaction] = clock == null ? 0 : clock.getAsLong();
    }

    private void note(int operation, int key, int[] elements) {
        noteKey(operation, key);
        operations.add(elements.length);
        for (int element : elements) {
            operations.add(element);
        }
    }

    private int noteWrite(int operation, int key) {
        noteKey(operation, key);
        int counter = elementKeys.size() + 1;
        requireState(counter <= COUNTER_MAX, "too many writes");
        elementKeys.add(key);
        elementTransactions.add(begins.size() - 1);
        int element = counter << NUMBER_BITS | number;
        operations.add(element);
        return element;
    }

    private void noteKey(int operation, int key) {
        requireState(open, "no transaction is open");
        Objects.checkIndex(key, KEY_MAX);
        operations.add(key << KEY_SHIFT | operation);
    }

    private static void requireState(boolean right, String message) {
        if (!right) {
            throw new IllegalStateException("recorder: " + message);
        }
    }

    // What a history looks at when everybody has finished.

    int number() {
        return number;
    }

    boolean isTimed() {
        return clock != null;
    }

    int transactions() {
        return begins.size();
    }

    int elements() {
        return elementKeys.size();
    }

    int operationsBegin(int transaction) {
        return begins.get(transaction);
    }

    int operationsEnd(int transaction) {
        return transaction + 1 < begins.size() ? begins.get(transaction + 1) : operations.size();
    }

    byte outcome(int transaction) {
        return outcomes[transaction];
    }

    long beginTime(int transaction) {
        return beginTimes[transaction];
    }

    long endTime(int transaction) {
        return endTimes[transaction];
    }

    long sequence(int transaction) {
        return sequences[transaction];
    }

    int operation(int index) {
        return operations.get(index);
    }

    int elementTransaction(int counter) {
        return elementTransactions.get(counter - 1);
    }

    int elementKey(int counter) {
        return elementKeys.get(counter - 1);
    }
}
