package dev.kvarts.bench;

import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/// LMDB through lmdbjava, with unsafe buffers and checks off. `NOSYNC` and `WRITEMAP` give what
/// `BUFFERED` gives: a commit survives a crash of the process. Writes are gathered into
/// transactions; reads run in one that is renewed now and then, or inside the write transaction
/// when one is open, so that a session sees its own writes.
final class LmdbStore implements Store {
    private static final long MAP_BYTES = 1L << 38;
    private static final int READS_PER_TRANSACTION = 1000;

    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> entries;

    LmdbStore(Path directory, Settings settings) {
        env =
                Env.create()
                        .setMapSize(MAP_BYTES)
                        .setMaxDbs(1)
                        .setMaxReaders(126)
                        .open(
                                directory.toFile(),
                                EnvFlags.MDB_NOSYNC,
                                EnvFlags.MDB_WRITEMAP,
                                EnvFlags.MDB_NOTLS,
                                EnvFlags.MDB_NORDAHEAD);
        entries = env.openDbi("bench", DbiFlags.MDB_CREATE);
    }

    @Override
    public Session session(int writeBatch) {
        return new LmdbSession(writeBatch);
    }

    @Override
    public void settle() {
        env.sync(true);
    }

    @Override
    public Counters counters() {
        try (Txn<ByteBuffer> read = env.txnRead()) {
            return Counters.UNKNOWN.withIndex(Double.NaN, (double) entries.stat(read).entries);
        }
    }

    @Override
    public void close() {
        env.close();
    }

    private final class LmdbSession implements Session {
        private final int writeBatch;
        private final ByteBuffer keyBuffer = ByteBuffer.allocateDirect(env.getMaxKeySize());
        private final Txn<ByteBuffer> read = env.txnRead();
        private final Cursor<ByteBuffer> cursor = entries.openCursor(read);
        private ByteBuffer valueBuffer = ByteBuffer.allocateDirect(4096);
        private Txn<ByteBuffer> write; // null while none is open
        private int writesInTransaction;
        private int readsInTransaction;

        LmdbSession(int writeBatch) {
            this.writeBatch = writeBatch;
            read.reset();
        }

        private Txn<ByteBuffer> write() {
            if (write == null) {
                write = env.txnWrite();
                writesInTransaction = 0;
            }
            return write;
        }

        private void written() {
            if (++writesInTransaction >= writeBatch) {
                commit();
            }
        }

        private void commit() {
            if (write != null) {
                write.commit();
                write.close();
                write = null;
                endRead();
            }
        }

        private Txn<ByteBuffer> read() {
            if (write != null) {
                return write;
            }
            if (readsInTransaction == 0) {
                read.renew();
            }
            if (++readsInTransaction > READS_PER_TRANSACTION) {
                read.reset();
                read.renew();
                readsInTransaction = 1;
            }
            return read;
        }

        private void endRead() {
            if (readsInTransaction > 0) {
                read.reset();
                readsInTransaction = 0;
            }
        }

        private ByteBuffer key(byte[] key) {
            return keyBuffer.clear().put(key).flip();
        }

        private ByteBuffer value(byte[] value) {
            if (value.length > valueBuffer.capacity()) {
                valueBuffer = ByteBuffer.allocateDirect(value.length);
            }
            return valueBuffer.clear().put(value).flip();
        }

        @Override
        public void put(byte[] key, byte[] value) {
            entries.put(write(), key(key), value(value));
            written();
        }

        @Override
        public void putSync(byte[] key, byte[] value) {
            entries.put(write(), key(key), value(value));
            commit();
            env.sync(true);
        }

        @Override
        public int get(byte[] key, byte[] into) {
            ByteBuffer found = entries.get(read(), key(key));
            if (found == null) {
                return ABSENT;
            }
            int length = found.remaining();
            found.get(into, 0, length);
            return length;
        }

        @Override
        public void delete(byte[] key) {
            entries.delete(write(), key(key));
            written();
        }

        @Override
        public void deleteRange(byte[] from, byte[] to) {
            try (Cursor<ByteBuffer> doomed = entries.openCursor(write())) {
                boolean found = doomed.get(key(from), GetOp.MDB_SET_RANGE);
                while (found && isBefore(doomed.key(), to)) {
                    doomed.delete();
                    found = doomed.next(); // the one that has moved up
                }
            }
            written();
        }

        private static boolean isBefore(ByteBuffer key, byte[] end) {
            byte[] copy = new byte[key.remaining()];
            key.get(copy);
            return Arrays.compareUnsigned(copy, end) < 0;
        }

        /// The transaction and the cursor for reading are used again by the next walk, as renewing
        /// is cheaper than opening; what this session has written and not yet committed is walked
        /// over in the transaction that wrote it.
        @Override
        public Scan scan() {
            if (write != null) {
                return new LmdbScan(entries.openCursor(write), keyBuffer, true);
            }
            cursor.renew(read());
            return new LmdbScan(cursor, keyBuffer, false);
        }

        @Override
        public void close() {
            commit();
            cursor.close();
            read.close();
        }
    }

    private record LmdbScan(Cursor<ByteBuffer> cursor, ByteBuffer keyBuffer, boolean own)
            implements Session.Scan {
        /// A cursor of LMDB that has not moved goes to the first entry when told to move to the
        /// next, and to the last when told to move to the one before.
        @Override
        public int next(byte[] key, byte[] value) {
            return cursor.next() ? copy(key, value) : Session.ABSENT;
        }

        @Override
        public int previous(byte[] key, byte[] value) {
            return cursor.prev() ? copy(key, value) : Session.ABSENT;
        }

        @Override
        public int seek(byte[] from, byte[] key, byte[] value) {
            ByteBuffer wanted = keyBuffer.clear().put(from).flip();
            return cursor.get(wanted, GetOp.MDB_SET_RANGE) ? copy(key, value) : Session.ABSENT;
        }

        private int copy(byte[] key, byte[] value) {
            cursor.key().get(key);
            ByteBuffer found = cursor.val();
            int length = found.remaining();
            found.get(value, 0, length);
            return length;
        }

        @Override
        public void close() {
            if (own) {
                cursor.close();
            }
        }
    }
}
