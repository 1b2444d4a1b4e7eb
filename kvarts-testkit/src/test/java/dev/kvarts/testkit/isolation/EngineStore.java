package dev.kvarts.testkit.isolation;

import dev.kvarts.api.ConflictException;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Isolation;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;
import dev.kvarts.api.Savepoint;
import dev.kvarts.api.Snapshot;
import dev.kvarts.api.Transaction;
import dev.kvarts.api.TransactionOptions;
import dev.kvarts.api.WriteOptions;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The engine as a store for workloads. Every other group of keys is in an ordered keyspace, the
/// rest in a hashed one. Now and then a key is locked, a value is made by `get` and `put` where
/// `append` would do, a reader is a snapshot, and something that expires at once is put between two
/// keys.
final class EngineStore implements TransactionalStore {
    private static final int KEY_BYTES = 8;
    private static final int LOCK_EVERY = 64; // writes
    private static final int PUT_EVERY = 4; // appends
    private static final int EXPIRE_EVERY = 32; // writes
    private static final WriteOptions SHORT = WriteOptions.BUFFERED.withTtl(Duration.ofMillis(2));
    private static final TransactionOptions OPTIONS =
            TransactionOptions.defaults().withLockTimeout(Duration.ZERO);

    private final Database database;
    private final Keyspace hashed;
    private final OrderedKeyspace ordered; // null: all groups are hashed
    private final int round;
    private final AtomicInteger begun = new AtomicInteger();

    /// @param round rounds have keys of their own
    EngineStore(Database database, Keyspace hashed, OrderedKeyspace ordered, int round) {
        this.database = database;
        this.hashed = hashed;
        this.ordered = ordered;
        this.round = round;
    }

    @Override
    public boolean isScannable(int group) {
        return ordered == null || isOrdered(group);
    }

    private boolean isOrdered(int group) {
        return ordered != null && (group & 1) == 0;
    }

    private Keyspace keyspace(int key) {
        return isOrdered(key / GROUP_KEYS) ? ordered : hashed;
    }

    private byte[] bytes(int key) {
        return ByteBuffer.allocate(KEY_BYTES).putInt(round).putInt(key).array();
    }

    private static int number(byte[] key) {
        return ByteBuffer.wrap(key).getInt(Integer.BYTES);
    }

    private static byte[] value(int... elements) {
        var buffer = ByteBuffer.allocate(elements.length * Integer.BYTES);
        buffer.asIntBuffer().put(elements);
        return buffer.array();
    }

    private static int[] elements(byte[] value) {
        if (value == null) {
            return IsolationWorkload.NONE;
        }
        int[] elements = new int[value.length / Integer.BYTES];
        ByteBuffer.wrap(value).asIntBuffer().get(elements);
        return elements;
    }

    @Override
    public Tx begin(Level level, boolean readOnly) {
        int number = begun.getAndIncrement();
        if (readOnly && number % 2 == 0) {
            return new Reader(database.snapshot());
        }
        Isolation isolation = level == Level.SNAPSHOT ? Isolation.SNAPSHOT : Isolation.SERIALIZABLE;
        return new Writer(database.begin(OPTIONS.withIsolation(isolation).withReadOnly(readOnly)));
    }

    /// Shows what a cursor over all keys meets of a range, in the order of the keys.
    private void filter(Cursor cursor, int from, int to, Visitor visitor) {
        NavigableMap<Integer, int[]> met = new TreeMap<>();
        while (cursor.next()) {
            byte[] key = cursor.key();
            int number = number(key);
            if (key.length == KEY_BYTES
                    && ByteBuffer.wrap(key).getInt() == round
                    && number >= from
                    && number < to) {
                int[] before = met.put(number, elements(cursor.value()));
                if (before != null) {
                    throw new AssertionError("a scan shows a key twice: " + number);
                }
            }
        }
        met.forEach(visitor::entry);
    }

    private static void walk(Cursor cursor, Visitor visitor) {
        while (cursor.next()) {
            byte[] key = cursor.key();
            if (key.length == KEY_BYTES) {
                visitor.entry(number(key), elements(cursor.value()));
            }
        }
    }

    /// A transaction.
    private final class Writer implements Tx {
        private final Transaction transaction;
        private int writes;

        Writer(Transaction transaction) {
            this.transaction = transaction;
        }

        @Override
        public int[] get(int key) {
            return elements(transaction.get(keyspace(key), bytes(key)));
        }

        private void beforeWriting(int key) {
            int count = begun.getPlain() + ++writes;
            if (count % EXPIRE_EVERY == 1) {
                byte[] behind = Arrays.copyOf(bytes(key), KEY_BYTES + 1);
                transaction.put(keyspace(key), behind, value(count), SHORT);
            }
            if (count % LOCK_EVERY == 0) {
                try {
                    transaction.lockFor(keyspace(key), bytes(key));
                } catch (ConflictException e) {
                    throw new Aborted(e);
                }
            }
        }

        @Override
        public void put(int key, int element) {
            beforeWriting(key);
            transaction.put(keyspace(key), bytes(key), value(element));
        }

        @Override
        public void append(int key, int element) {
            beforeWriting(key);
            Keyspace keyspace = keyspace(key);
            byte[] bytes = bytes(key);
            if (element % PUT_EVERY != 0) {
                transaction.append(keyspace, bytes, value(element));
                return;
            }
            int[] before = elements(transaction.get(keyspace, bytes));
            int[] after = Arrays.copyOf(before, before.length + 1);
            after[before.length] = element;
            transaction.put(keyspace, bytes, value(after));
        }

        @Override
        public void delete(int key) {
            beforeWriting(key);
            transaction.delete(keyspace(key), bytes(key));
        }

        @Override
        public void deleteRange(int from, int to) {
            if (isOrdered(from / GROUP_KEYS)) {
                transaction.deleteRange(ordered, Range.closedOpen(bytes(from), bytes(to)));
                return;
            }
            for (int key = from; key < to; key++) {
                transaction.delete(hashed, bytes(key));
            }
        }

        @Override
        public void takeBack(Runnable change) {
            Savepoint savepoint = transaction.savepoint();
            change.run();
            transaction.rollbackTo(savepoint);
        }

        @Override
        public void scan(int from, int to, Visitor visitor) {
            if (isOrdered(from / GROUP_KEYS)) {
                Range range = Range.closedOpen(bytes(from), bytes(to));
                try (Cursor cursor = transaction.cursor(ordered, range)) {
                    walk(cursor, visitor);
                }
                return;
            }
            try (Cursor cursor = transaction.cursor(hashed)) {
                filter(cursor, from, to, visitor);
            }
        }

        @Override
        public long commit() {
            try {
                transaction.commit();
                return 0;
            } catch (ConflictException e) {
                throw new Aborted(e);
            }
        }

        @Override
        public void rollback() {
            transaction.close();
        }
    }

    /// A snapshot.
    private final class Reader implements Tx {
        private final Snapshot snapshot;

        Reader(Snapshot snapshot) {
            this.snapshot = snapshot;
        }

        @Override
        public int[] get(int key) {
            return elements(snapshot.get(keyspace(key), bytes(key)));
        }

        @Override
        public void scan(int from, int to, Visitor visitor) {
            if (isOrdered(from / GROUP_KEYS)) {
                Range range = Range.closedOpen(bytes(from), bytes(to));
                try (Cursor cursor = snapshot.cursor(ordered, range)) {
                    walk(cursor, visitor);
                }
                return;
            }
            try (Cursor cursor = snapshot.cursor(hashed)) {
                filter(cursor, from, to, visitor);
            }
        }

        @Override
        public void put(int key, int element) {
            throw new AssertionError("a reader writes");
        }

        @Override
        public void append(int key, int element) {
            throw new AssertionError("a reader writes");
        }

        @Override
        public void delete(int key) {
            throw new AssertionError("a reader writes");
        }

        @Override
        public void deleteRange(int from, int to) {
            throw new AssertionError("a reader writes");
        }

        @Override
        public void takeBack(Runnable change) {
            throw new AssertionError("a reader writes");
        }

        @Override
        public long commit() {
            snapshot.close();
            return 0;
        }

        @Override
        public void rollback() {
            snapshot.close();
        }
    }
}
