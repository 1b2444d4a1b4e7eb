package dev.kvarts.bench;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.OptimisticTransactionDB;
import org.rocksdb.Options;
import org.rocksdb.PerfContext;
import org.rocksdb.PerfLevel;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/// RocksDB through its own Java binding: 10-bit Bloom filters, a block cache of the given memory,
/// 64 MiB write buffers, LZ4, two background jobs, write-ahead log without sync. Reads copy into an
/// array that is there already, the cheapest call the binding has. No statistics object: it would
/// slow every operation; the compaction statistics are kept anyway.
final class RocksStore implements Store {
    static final long WRITE_BUFFER_BYTES = 64L << 20;
    static final int BLOOM_BITS_PER_KEY = 10;
    static final int BACKGROUND_JOBS = 2;
    private static final String[] BUSY_PROPERTIES = {
        "rocksdb.num-running-flushes",
        "rocksdb.mem-table-flush-pending",
        "rocksdb.compaction-pending",
        "rocksdb.num-running-compactions"
    };
    private static final String FILES_AT_LEVEL = "rocksdb.num-files-at-level";
    private static final long POLL_NANOS = 10_000_000;

    private final Cache cache;
    private final BloomFilter filter;
    private final Options options;
    private final ReadOptions reads;
    private final WriteOptions writes;
    private final WriteOptions syncWrites;
    private final RocksDB database;
    private final boolean readsSnapshot;

    enum Shape {
        PLAIN,

        /// Values of at least [Settings#valueSeparation] are kept in blob files, which are
        /// collected as garbage by compactions.
        BLOBS,

        /// With transactions.
        OPTIMISTIC
    }

    RocksStore(Path directory, Settings settings, Shape shape) {
        RocksDB.loadLibrary();
        readsSnapshot = settings.rivalReads == Settings.RivalReads.SNAPSHOT;
        reads = new ReadOptions();
        writes = new WriteOptions();
        syncWrites = new WriteOptions().setSync(true);
        cache = new LRUCache(settings.memoryBytes);
        filter = new BloomFilter(BLOOM_BITS_PER_KEY, false);
        options =
                new Options()
                        .setCreateIfMissing(true)
                        .setWriteBufferSize(WRITE_BUFFER_BYTES)
                        .setCompressionType(CompressionType.LZ4_COMPRESSION)
                        .setMaxBackgroundJobs(BACKGROUND_JOBS)
                        .setTableFormatConfig(
                                new BlockBasedTableConfig()
                                        .setBlockCache(cache)
                                        .setFilterPolicy(filter));
        if (shape == Shape.BLOBS) {
            options.setEnableBlobFiles(true)
                    .setMinBlobSize(settings.valueSeparation)
                    .setBlobCompressionType(CompressionType.LZ4_COMPRESSION)
                    .setEnableBlobGarbageCollection(true);
        }
        try {
            database =
                    shape == Shape.OPTIMISTIC
                            ? OptimisticTransactionDB.open(options, directory.toString())
                            : RocksDB.open(options, directory.toString());
        } catch (RocksDBException e) {
            throw failure(e);
        }
    }

    static IllegalStateException failure(RocksDBException e) {
        return new IllegalStateException("rocksdb: " + e.getMessage(), e);
    }

    @Override
    public Session session(int writeBatch) {
        return new RocksSession();
    }

    @Override
    public void settle() {
        try (var flush = new FlushOptions().setWaitForFlush(true)) {
            database.flush(flush);
            int quiet = 0;
            while (quiet < 3) {
                quiet = busy() ? 0 : quiet + 1;
                LockSupport.parkNanos(POLL_NANOS);
            }
        } catch (RocksDBException e) {
            throw failure(e);
        }
    }

    private boolean busy() throws RocksDBException {
        for (String property : BUSY_PROPERTIES) {
            if (database.getLongProperty(property) != 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Counters counters() {
        try {
            double dataBytes =
                    (double)
                            (database.getLongProperty("rocksdb.total-sst-files-size")
                                    + database.getLongProperty("rocksdb.total-blob-file-size"));
            double runs = filesAtLevel(0);
            for (int level = 1; level < options.numLevels(); level++) {
                runs += Math.min(1, filesAtLevel(level));
            }
            return counters(
                            database.getMapProperty("rocksdb.cfstats")
                                    .get("compaction.Sum.WriteGB"),
                            database.getLongProperty("rocksdb.estimate-table-readers-mem"),
                            database.getLongProperty("rocksdb.estimate-num-keys"))
                    .withFiles(dataBytes, runs);
        } catch (RocksDBException e) {
            throw failure(e);
        }
    }

    private double filesAtLevel(int level) throws RocksDBException {
        return Double.parseDouble(database.getProperty(FILES_AT_LEVEL + level));
    }

    /// Flushes are in the sum of written bytes; indexes and filters are held by the table readers.
    static Counters counters(String writtenGigabytes, long tableReadersBytes, long keys) {
        double written =
                writtenGigabytes == null ? 0 : Double.parseDouble(writtenGigabytes) * (1L << 30);
        return Counters.written(written).withIndex((double) tableReadersBytes, (double) keys);
    }

    @Override
    public void close() {
        database.close();
        reads.close();
        writes.close();
        syncWrites.close();
        options.close();
        filter.close();
        cache.close();
    }

    private final class RocksSession implements Session {
        private final RocksTransactions transactions =
                database instanceof OptimisticTransactionDB optimistic
                        ? new RocksTransactions(optimistic, writes, readsSnapshot)
                        : null;

        @Override
        public void put(byte[] key, byte[] value) {
            try {
                database.put(writes, key, value);
            } catch (RocksDBException e) {
                throw failure(e);
            }
        }

        @Override
        public void putSync(byte[] key, byte[] value) {
            try {
                database.put(syncWrites, key, value);
            } catch (RocksDBException e) {
                throw failure(e);
            }
        }

        @Override
        public int get(byte[] key, byte[] into) {
            try {
                int length = database.get(reads, key, into);
                return length == RocksDB.NOT_FOUND ? ABSENT : length;
            } catch (RocksDBException e) {
                throw failure(e);
            }
        }

        @Override
        public void delete(byte[] key) {
            try {
                database.delete(writes, key);
            } catch (RocksDBException e) {
                throw failure(e);
            }
        }

        @Override
        public void deleteRange(byte[] from, byte[] to) {
            try {
                database.deleteRange(writes, from, to);
            } catch (RocksDBException e) {
                throw failure(e);
            }
        }

        @Override
        public void countReads() {
            database.setPerfLevel(PerfLevel.ENABLE_COUNT);
            database.getPerfContext().reset();
        }

        /// Blocks in the cache and blocks read; filters and indexes are not among them, for they
        /// are held outside of the cache.
        @Override
        public double countedReads() {
            PerfContext context = database.getPerfContext();
            double count = (double) (context.getBlockCacheHitCount() + context.getBlockReadCount());
            database.setPerfLevel(PerfLevel.DISABLE);
            return count;
        }

        @Override
        public Transaction begin() {
            return transactions == null ? Session.super.begin() : transactions.begin();
        }

        @Override
        public Scan scan() {
            return new RocksScan(database.newIterator(reads));
        }

        @Override
        public void close() {
            if (transactions != null) {
                transactions.end();
            }
        }
    }

    private static final class RocksScan implements Session.Scan {
        private final RocksIterator iterator;
        private boolean started;

        RocksScan(RocksIterator iterator) {
            this.iterator = iterator;
        }

        @Override
        public int next(byte[] key, byte[] value) {
            if (started) {
                iterator.next();
            } else {
                iterator.seekToFirst();
            }
            return copy(key, value);
        }

        @Override
        public int previous(byte[] key, byte[] value) {
            if (started) {
                iterator.prev();
            } else {
                iterator.seekToLast();
            }
            return copy(key, value);
        }

        @Override
        public int seek(byte[] from, byte[] key, byte[] value) {
            iterator.seek(from);
            return copy(key, value);
        }

        private int copy(byte[] key, byte[] value) {
            started = true;
            if (!iterator.isValid()) {
                checkStatus();
                return Session.ABSENT;
            }
            iterator.key(key);
            return iterator.value(value);
        }

        private void checkStatus() {
            try {
                iterator.status();
            } catch (RocksDBException e) {
                throw failure(e);
            }
        }

        @Override
        public void close() {
            iterator.close();
        }
    }
}
