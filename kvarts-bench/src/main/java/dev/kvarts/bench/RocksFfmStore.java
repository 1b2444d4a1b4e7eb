package dev.kvarts.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// RocksDB with the options of [RocksStore], called through its C interface by FFM instead of JNI:
/// what a new binding makes of it. A session copies keys and values into native buffers of its own
/// and reads by one call that copies the value into such a buffer.
final class RocksFfmStore implements Store {
    private static final int VALUE_BYTES_MAX = 1 << 20;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment database;
    private final MemorySegment reads;
    private final MemorySegment writes;
    private final MemorySegment syncWrites;
    private final MemorySegment family;

    RocksFfmStore(Path directory, Settings settings) {
        String options =
                "create_if_missing=true;compression=kLZ4Compression"
                        + ";write_buffer_size="
                        + RocksStore.WRITE_BUFFER_BYTES
                        + ";max_background_jobs="
                        + RocksStore.BACKGROUND_JOBS
                        + ";block_based_table_factory={block_cache="
                        + settings.memoryBytes
                        + ";filter_policy=bloomfilter:"
                        + RocksStore.BLOOM_BITS_PER_KEY
                        + ":false}";
        MemorySegment error = arena.allocate(ADDRESS);
        try {
            var base = (MemorySegment) RocksC.OPTIONS_CREATE.invokeExact();
            var parsed = (MemorySegment) RocksC.OPTIONS_CREATE.invokeExact();
            RocksC.OPTIONS_FROM_STRING.invokeExact(
                    base, arena.allocateFrom(options), parsed, error);
            check(error);
            database =
                    (MemorySegment)
                            RocksC.OPEN.invokeExact(
                                    parsed, arena.allocateFrom(directory.toString()), error);
            check(error);
            reads = (MemorySegment) RocksC.READ_OPTIONS_CREATE.invokeExact();
            writes = (MemorySegment) RocksC.WRITE_OPTIONS_CREATE.invokeExact();
            syncWrites = (MemorySegment) RocksC.WRITE_OPTIONS_CREATE.invokeExact();
            RocksC.WRITE_OPTIONS_SYNC.invokeExact(syncWrites, (byte) 1);
            family = (MemorySegment) RocksC.DEFAULT_FAMILY.invokeExact(database);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    private static RuntimeException failure(Throwable e) {
        if (e instanceof RuntimeException already) {
            return already;
        }
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("rocksdb: " + e, e);
    }

    /// RocksDB reports by a string that it leaves here; the string is not freed, for the run ends
    /// with it.
    @SuppressWarnings("restricted")
    private static void check(MemorySegment error) {
        MemorySegment message = error.get(ADDRESS, 0);
        if (message.address() != 0) {
            throw new IllegalStateException(
                    "rocksdb: " + message.reinterpret(Long.MAX_VALUE).getString(0));
        }
    }

    @Override
    public Session session(int writeBatch) {
        return new FfmSession();
    }

    @Override
    public void settle() {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment error = local.allocate(ADDRESS);
            RocksC.FLUSH.invokeExact(
                    database, (MemorySegment) RocksC.FLUSH_OPTIONS_CREATE.invokeExact(), error);
            check(error);
            RocksC.WAIT_FOR_COMPACT.invokeExact(
                    database, (MemorySegment) RocksC.WAIT_OPTIONS_CREATE.invokeExact(), error);
            check(error);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    /// Written bytes are not in the C interface; they are those of [RocksStore].
    @Override
    public Counters counters() {
        return Counters.UNKNOWN.withIndex(
                property("rocksdb.estimate-table-readers-mem"),
                property("rocksdb.estimate-num-keys"));
    }

    private double property(String name) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment value = local.allocate(JAVA_LONG);
            int failed =
                    (int)
                            RocksC.PROPERTY_INT.invokeExact(
                                    database, local.allocateFrom(name), value);
            return failed != 0 ? Double.NaN : value.get(JAVA_LONG, 0);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    @Override
    public void close() {
        try {
            RocksC.CLOSE.invokeExact(database);
        } catch (Throwable e) {
            throw failure(e);
        }
        arena.close();
    }

    private final class FfmSession implements Session {
        private final Arena own = Arena.ofConfined();
        private final MemorySegment keyBuffer = own.allocate(Keys.SIZE);
        private final MemorySegment valueBuffer = own.allocate(VALUE_BYTES_MAX);
        private final MemorySegment length = own.allocate(JAVA_LONG);
        private final MemorySegment found = own.allocate(JAVA_BYTE);
        private final MemorySegment error = own.allocate(ADDRESS);

        @Override
        public void put(byte[] key, byte[] value) {
            put(writes, key, value);
        }

        @Override
        public void putSync(byte[] key, byte[] value) {
            put(syncWrites, key, value);
        }

        private void put(MemorySegment options, byte[] key, byte[] value) {
            MemorySegment.copy(key, 0, keyBuffer, JAVA_BYTE, 0, key.length);
            MemorySegment.copy(value, 0, valueBuffer, JAVA_BYTE, 0, value.length);
            try {
                RocksC.PUT.invokeExact(
                        database,
                        options,
                        keyBuffer,
                        (long) key.length,
                        valueBuffer,
                        (long) value.length,
                        error);
            } catch (Throwable e) {
                throw failure(e);
            }
            check(error);
        }

        @Override
        public int get(byte[] key, byte[] into) {
            MemorySegment.copy(key, 0, keyBuffer, JAVA_BYTE, 0, key.length);
            try {
                byte _ =
                        (byte)
                                RocksC.GET.invokeExact(
                                        database,
                                        reads,
                                        keyBuffer,
                                        (long) key.length,
                                        valueBuffer,
                                        (long) into.length,
                                        length,
                                        found,
                                        error);
            } catch (Throwable e) {
                throw failure(e);
            }
            check(error);
            if (found.get(JAVA_BYTE, 0) == 0) {
                return ABSENT;
            }
            int bytes = (int) length.get(JAVA_LONG, 0);
            MemorySegment.copy(valueBuffer, JAVA_BYTE, 0, into, 0, bytes);
            return bytes;
        }

        @Override
        public void delete(byte[] key) {
            MemorySegment.copy(key, 0, keyBuffer, JAVA_BYTE, 0, key.length);
            try {
                RocksC.DELETE.invokeExact(database, writes, keyBuffer, (long) key.length, error);
            } catch (Throwable e) {
                throw failure(e);
            }
            check(error);
        }

        @Override
        public void deleteRange(byte[] from, byte[] to) {
            MemorySegment.copy(from, 0, keyBuffer, JAVA_BYTE, 0, from.length);
            MemorySegment.copy(to, 0, valueBuffer, JAVA_BYTE, 0, to.length);
            try {
                RocksC.DELETE_RANGE.invokeExact(
                        database,
                        writes,
                        family,
                        keyBuffer,
                        (long) from.length,
                        valueBuffer,
                        (long) to.length,
                        error);
            } catch (Throwable e) {
                throw failure(e);
            }
            check(error);
        }

        @Override
        public Scan scan() {
            try {
                var iterator = (MemorySegment) RocksC.ITERATOR.invokeExact(database, reads);
                return new FfmScan(iterator, keyBuffer, length, error);
            } catch (Throwable e) {
                throw failure(e);
            }
        }

        @Override
        public void close() {
            own.close();
        }
    }

    private static final class FfmScan implements Session.Scan {
        private final MemorySegment iterator;
        private final MemorySegment keyBuffer;
        private final MemorySegment length;
        private final MemorySegment error;
        private boolean started;

        /// The buffers are the session's.
        FfmScan(
                MemorySegment iterator,
                MemorySegment keyBuffer,
                MemorySegment length,
                MemorySegment error) {
            this.iterator = iterator;
            this.keyBuffer = keyBuffer;
            this.length = length;
            this.error = error;
        }

        @Override
        public int next(byte[] key, byte[] value) {
            try {
                if (started) {
                    RocksC.ITERATOR_NEXT.invokeExact(iterator);
                } else {
                    RocksC.ITERATOR_FIRST.invokeExact(iterator);
                }
                return copy(key, value);
            } catch (Throwable e) {
                throw failure(e);
            }
        }

        @Override
        public int previous(byte[] key, byte[] value) {
            try {
                if (started) {
                    RocksC.ITERATOR_PREVIOUS.invokeExact(iterator);
                } else {
                    RocksC.ITERATOR_LAST.invokeExact(iterator);
                }
                return copy(key, value);
            } catch (Throwable e) {
                throw failure(e);
            }
        }

        @Override
        public int seek(byte[] from, byte[] key, byte[] value) {
            MemorySegment.copy(from, 0, keyBuffer, JAVA_BYTE, 0, from.length);
            try {
                RocksC.ITERATOR_SEEK.invokeExact(iterator, keyBuffer, (long) from.length);
                return copy(key, value);
            } catch (Throwable e) {
                throw failure(e);
            }
        }

        private int copy(byte[] key, byte[] value) throws Throwable {
            started = true;
            if ((byte) RocksC.ITERATOR_VALID.invokeExact(iterator) == 0) {
                RocksC.ITERATOR_ERROR.invokeExact(iterator, error);
                check(error);
                return Session.ABSENT;
            }
            copy((MemorySegment) RocksC.ITERATOR_KEY.invokeExact(iterator, length), key);
            return copy((MemorySegment) RocksC.ITERATOR_VALUE.invokeExact(iterator, length), value);
        }

        @SuppressWarnings("restricted")
        private int copy(MemorySegment from, byte[] to) {
            int bytes = (int) length.get(JAVA_LONG, 0);
            MemorySegment.copy(from.reinterpret(bytes), JAVA_BYTE, 0, to, 0, bytes);
            return bytes;
        }

        @Override
        public void close() {
            try {
                RocksC.ITERATOR_DESTROY.invokeExact(iterator);
            } catch (Throwable e) {
                throw failure(e);
            }
        }
    }
}
