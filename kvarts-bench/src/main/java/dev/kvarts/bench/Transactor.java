package dev.kvarts.bench;

/// Makes transactions that read [#KEYS] different entries and write each back changed: a new value
/// with a counter that is one higher. So the counters of all entries tell whether an update was
/// lost.
///
/// A transaction that meets a conflict is tried again at once, with the same entries, until it
/// commits; the same with every store, whatever a store offers for that.
///
/// Thread safety: one thread.
final class Transactor {
    static final int KEYS = 10;

    private final Session session;
    private final KeyChooser chooser;
    private final Values values;
    private final byte[] found;
    private final long[] numbers = new long[KEYS];
    private final byte[] key = Keys.create();

    /// @param found takes the values that are read
    Transactor(Session session, KeyChooser chooser, Values values, byte[] found) {
        if (found.length < Values.COUNTED_SIZE_MIN) {
            throw new IllegalArgumentException(
                    "values are too small for transactions: --value-size="
                            + found.length
                            + " must be at least "
                            + Values.COUNTED_SIZE_MIN);
        }
        this.session = session;
        this.chooser = chooser;
        this.values = values;
        this.found = found;
    }

    /// Returns how many attempts were in vain before the one that committed.
    long transact() {
        choose();
        long aborted = 0;
        while (!attempt()) {
            aborted++;
        }
        return aborted;
    }

    private void choose() {
        int chosen = 0;
        while (chosen < KEYS) {
            numbers[chosen] = chooser.next();
            chosen += isAmongFirst(chosen, numbers[chosen]) ? 0 : 1;
        }
    }

    private boolean isAmongFirst(int count, long number) {
        for (int i = 0; i < count; i++) {
            if (numbers[i] == number) {
                return true;
            }
        }
        return false;
    }

    private boolean attempt() {
        try (Session.Transaction transaction = session.begin()) {
            for (long number : numbers) {
                Keys.present(key, number);
                int length = transaction.get(key, found);
                if (length != found.length || !Values.belongs(found, length, number)) {
                    throw new IllegalStateException(
                            "wrong answer in a transaction: number="
                                    + number
                                    + " length="
                                    + length);
                }
                byte[] changed = values.next(number);
                Values.setCounter(changed, Values.counter(found) + 1);
                transaction.put(key, changed);
            }
            return transaction.commit();
        }
    }

    /// The counters of the first `count` entries together, modulo 2^64.
    ///
    /// @param valueSize of every entry
    static long countersOf(Session session, long count, int valueSize) {
        byte[] key = Keys.create();
        byte[] found = new byte[valueSize];
        long sum = 0;
        for (long number = 0; number < count; number++) {
            Keys.present(key, number);
            int length = session.get(key, found);
            if (!Values.belongs(found, length, number)) {
                throw new IllegalStateException(
                        "wrong answer: number=" + number + " length=" + length);
            }
            sum += Values.counter(found);
        }
        return sum;
    }
}
