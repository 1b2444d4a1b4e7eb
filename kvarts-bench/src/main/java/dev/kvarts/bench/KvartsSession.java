package dev.kvarts.bench;

import dev.kvarts.api.ConflictException;
import dev.kvarts.api.Cursor;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.ValueReader;
import dev.kvarts.api.WriteOptions;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A session on a keyspace of either shape. Reads through a [ValueReader] that copies: the same
/// work as the rivals' reads into an array that is there already.
class KvartsSession implements Session, ValueReader<KvartsSession> {
    private final Database database;
    private final Keyspace keyspace;
    private byte[] into;
    private int length;

    KvartsSession(Database database, Keyspace keyspace) {
        this.database = database;
        this.keyspace = keyspace;
    }

    @Override
    public final void put(byte[] key, byte[] value) {
        keyspace.put(key, value);
    }

    @Override
    public final void putSync(byte[] key, byte[] value) {
        keyspace.put(key, value, WriteOptions.SYNC);
    }

    @Override
    public final int get(byte[] key, byte[] into) {
        this.into = into;
        return keyspace.get(key, this) == null ? ABSENT : length;
    }

    @Override
    public final KvartsSession read(MemorySegment value) {
        length = (int) value.byteSize();
        MemorySegment.copy(value, ValueLayout.JAVA_BYTE, 0, into, 0, length);
        return this;
    }

    @Override
    public final void delete(byte[] key) {
        keyspace.delete(key);
    }

    @Override
    public final Transaction begin() {
        return new KvartsTransaction(keyspace, database.begin());
    }

    @Override
    public Scan scan() {
        return new KvartsScan(keyspace.cursor());
    }

    @Override
    public final void close() {
        // Nothing is gathered.
    }

    /// Copies the entry that the cursor stands on.
    static int copy(Cursor cursor, byte[] key, byte[] value) {
        cursor.key(key);
        return (int) cursor.value(value);
    }

    private record KvartsTransaction(Keyspace keyspace, dev.kvarts.api.Transaction transaction)
            implements Transaction {
        @Override
        public int get(byte[] key, byte[] into) {
            byte[] value = transaction.get(keyspace, key);
            if (value == null) {
                return ABSENT;
            }
            System.arraycopy(value, 0, into, 0, value.length);
            return value.length;
        }

        @Override
        public void put(byte[] key, byte[] value) {
            transaction.put(keyspace, key, value);
        }

        @Override
        public boolean commit() {
            try {
                transaction.commit();
                return true;
            } catch (ConflictException e) {
                return false;
            }
        }

        @Override
        public void close() {
            transaction.close();
        }
    }

    private record KvartsScan(Cursor cursor) implements Scan {
        @Override
        public int next(byte[] key, byte[] value) {
            return cursor.next() ? copy(cursor, key, value) : ABSENT;
        }

        @Override
        public void close() {
            cursor.close();
        }
    }
}
