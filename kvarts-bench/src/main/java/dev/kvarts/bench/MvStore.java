package dev.kvarts.bench;

import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;

import java.nio.file.Path;
import java.util.Arrays;

/// The log-structured B-tree of H2: page cache of the given memory, LZF compression, commits by its
/// own background thread every second or 16 MiB.
final class MvStore implements Store {
    private static final int COMMIT_BUFFER_KIB = 16 << 10;

    private final MVStore store;
    private final MVMap<byte[], byte[]> entries;

    MvStore(Path directory, Settings settings) {
        store =
                new MVStore.Builder()
                        .fileName(directory.resolve("bench.mv").toString())
                        .cacheSize((int) (settings.memoryBytes >> 20))
                        .autoCommitBufferSize(COMMIT_BUFFER_KIB)
                        .compress()
                        .open();
        entries =
                store.openMap(
                        "bench",
                        new MVMap.Builder<byte[], byte[]>()
                                .keyType(ByteArrayDataType.INSTANCE)
                                .valueType(ByteArrayDataType.INSTANCE));
    }

    @Override
    public Session session(int writeBatch) {
        return new MvSession();
    }

    @Override
    public void settle() {
        store.commit();
        store.sync();
    }

    @Override
    public Counters counters() {
        return Counters.UNKNOWN.withIndex(Double.NaN, (double) entries.sizeAsLong());
    }

    @Override
    public void close() {
        store.close();
    }

    private final class MvSession implements Session {
        /// The map keeps what it is given, so it gets copies.
        @Override
        public void put(byte[] key, byte[] value) {
            entries.put(key.clone(), value.clone());
        }

        @Override
        public void putSync(byte[] key, byte[] value) {
            put(key, value);
            store.commit();
            store.sync();
        }

        @Override
        public int get(byte[] key, byte[] into) {
            byte[] found = entries.get(key);
            if (found == null) {
                return ABSENT;
            }
            System.arraycopy(found, 0, into, 0, found.length);
            return found.length;
        }

        @Override
        public void delete(byte[] key) {
            entries.remove(key);
        }

        /// The map has no call for it: each entry is removed on its own.
        @Override
        public void deleteRange(byte[] from, byte[] to) {
            Cursor<byte[], byte[]> doomed = entries.cursor(from, null, false);
            while (doomed.hasNext()) {
                byte[] key = doomed.next();
                if (Arrays.compareUnsigned(key, to) >= 0) {
                    return;
                }
                entries.remove(key);
            }
        }

        @Override
        public Scan scan() {
            return new MvScan(entries);
        }

        @Override
        public void close() {
            // Nothing is gathered.
        }
    }

    /// A cursor of the map is made where it starts and goes one way.
    private static final class MvScan implements Session.Scan {
        private final MVMap<byte[], byte[]> entries;
        private Cursor<byte[], byte[]> cursor; // null before the first move

        MvScan(MVMap<byte[], byte[]> entries) {
            this.entries = entries;
        }

        @Override
        public int next(byte[] key, byte[] value) {
            if (cursor == null) {
                cursor = entries.cursor(null, null, false);
            }
            return copy(key, value);
        }

        @Override
        public int previous(byte[] key, byte[] value) {
            if (cursor == null) {
                cursor = entries.cursor(null, null, true);
            }
            return copy(key, value);
        }

        @Override
        public int seek(byte[] from, byte[] key, byte[] value) {
            cursor = entries.cursor(from, null, false);
            return copy(key, value);
        }

        private int copy(byte[] key, byte[] value) {
            if (!cursor.hasNext()) {
                return Session.ABSENT;
            }
            byte[] found = cursor.next();
            System.arraycopy(found, 0, key, 0, found.length);
            byte[] foundValue = cursor.getValue();
            System.arraycopy(foundValue, 0, value, 0, foundValue.length);
            return foundValue.length;
        }

        @Override
        public void close() {
            // The cursor holds nothing.
        }
    }
}
