package dev.kvarts.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The stores that can be measured.
enum StoreKind {
    KVARTS("Kvarts, hashed keyspace, BUFFERED"),
    KVARTS_ORDERED("Kvarts, ordered keyspace, BUFFERED, strategy and codec as set"),
    ROCKSDB(
            "RocksDB 11.8.1, rocksdbjni: 10-bit Bloom filter, LRU block cache, 64 MiB write"
                    + " buffers, LZ4, two background jobs, log without sync"),
    ROCKSDB_BLOB(
            "the same with blob files for values of at least --value-separation bytes, LZ4 and"
                    + " garbage collection of blobs on"),
    ROCKSDB_OPTIMISTIC(
            "the same RocksDB and options opened as OptimisticTransactionDB: getForUpdate,"
                    + " conflicts looked for when it commits"),
    ROCKSDBFFM(
            "the same RocksDB and options, its C interface called by FFM (the library inside"
                    + " rocksdbjni; the rocksdbffm binding is not in Maven Central)"),
    LMDB(
            "LMDB, lmdbjava 0.9.3: NOSYNC and WRITEMAP, unsafe buffers, checks off, 1000 writes per"
                    + " transaction (16 where threads compete)"),
    MVSTORE("H2 MVStore 2.4.240: LZF, page cache, background commits, G1 with a larger heap");

    final String description;

    StoreKind(String description) {
        this.description = description;
    }

    /// Its name on the command line and in reports.
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Whether it is one of ours, which is compared with the others.
    boolean isKvarts() {
        return this == KVARTS || this == KVARTS_ORDERED;
    }

    /// Whether its entries are in the order of their keys.
    boolean isOrdered() {
        return this != KVARTS;
    }

    /// Whether its sessions begin transactions.
    boolean isTransactional() {
        return isKvarts() || this == ROCKSDB_OPTIMISTIC;
    }

    /// Whether it can do this at all.
    boolean can(Workload workload) {
        if (this == ROCKSDB_OPTIMISTIC && workload == Workload.DELETERANGE) {
            return false; // a deleted range is not seen when conflicts are looked for
        }
        return (isOrdered() || !workload.needsOrder())
                && (isTransactional() || !workload.transacts());
    }

    static StoreKind of(String label) {
        for (StoreKind kind : values()) {
            if (kind.label().equals(label)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no such store: " + label);
    }

    /// Flags of the JVM it runs in. All but one keep their data outside the heap, so a small heap
    /// with the serial collector leaves both CPUs to them; MVStore lives on the heap.
    List<String> jvmFlags(Settings settings) {
        var flags = new ArrayList<String>();
        switch (this) {
            case KVARTS, KVARTS_ORDERED, MVSTORE -> {}
            case ROCKSDB, ROCKSDB_BLOB, ROCKSDB_OPTIMISTIC, ROCKSDBFFM ->
                    flags.add("--enable-native-access=ALL-UNNAMED");
            case LMDB -> {
                flags.add("--enable-native-access=ALL-UNNAMED");
                flags.add("--sun-misc-unsafe-memory-access=allow");
                flags.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
                flags.add("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
                flags.add("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");
                flags.add("-Dlmdbjava.disable.checks=true");
            }
        }
        if (this == MVSTORE) {
            flags.add("-Xmx" + (((2 * settings.memoryBytes) >> 20) + 1024) + "m");
            flags.add("-XX:+UseG1GC");
        } else {
            flags.add("-Xms512m");
            flags.add("-Xmx512m");
            flags.add("-XX:+UseSerialGC");
        }
        return flags;
    }

    /// Returns it if it is one of ours.
    StoreKind requireKvarts() {
        if (!isKvarts()) {
            throw new IllegalArgumentException("not a store of ours: " + label());
        }
        return this;
    }

    /// As [#open], one of ours.
    KvartsData openKvarts(Path directory, Settings settings) {
        return requireKvarts() == KVARTS
                ? new KvartsStore(directory, settings)
                : new KvartsOrderedStore(directory, settings);
    }

    /// Opens it on an existing directory.
    Store open(Path directory, Settings settings) {
        return switch (this) {
            case KVARTS, KVARTS_ORDERED -> openKvarts(directory, settings);
            case ROCKSDB -> new RocksStore(directory, settings, RocksStore.Shape.PLAIN);
            case ROCKSDB_BLOB -> new RocksStore(directory, settings, RocksStore.Shape.BLOBS);
            case ROCKSDB_OPTIMISTIC ->
                    new RocksStore(directory, settings, RocksStore.Shape.OPTIMISTIC);
            case ROCKSDBFFM -> new RocksFfmStore(directory, settings);
            case LMDB -> new LmdbStore(directory, settings);
            case MVSTORE -> new MvStore(directory, settings);
        };
    }
}
