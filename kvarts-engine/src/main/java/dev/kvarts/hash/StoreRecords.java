package dev.kvarts.hash;

import dev.kvarts.memtable.HashStore;
import dev.kvarts.memtable.SortedEntries;

/// What a flush wrote, read from memory: the index needs the hashes of all records and the keys of
/// few, so that the run's pages need not be mapped, checked and hashed again.
///
/// Thread safety: any number of threads; each walk one.
final class StoreRecords implements RunRecords {
    private final HashStore store;
    private final SortedEntries entries;

    StoreRecords(HashStore store, SortedEntries entries) {
        this.store = store;
        this.entries = entries;
    }

    @Override
    public Walk between(long firstHash, long lastHash) {
        int low = 0;
        int high = entries.count();
        while (low < high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(entries.hash(middle), firstHash) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return new StoreWalk(low - 1, lastHash);
    }

    private final class StoreWalk implements Walk {
        private final long lastHash;
        private int index;
        private byte[] key = new byte[64];

        StoreWalk(int index, long lastHash) {
            this.index = index;
            this.lastHash = lastHash;
        }

        @Override
        public boolean next() {
            index++;
            return index < entries.count()
                    && Long.compareUnsigned(entries.hash(index), lastHash) <= 0;
        }

        @Override
        public long hash() {
            return entries.hash(index);
        }

        @Override
        public long ordinal() {
            return index;
        }

        @Override
        public long sequence() {
            return store.sequence(entries.reference(index));
        }

        @Override
        public boolean tombstone() {
            return entries.tombstone(index);
        }

        @Override
        public int keySize() {
            return store.keySize(entries.reference(index));
        }

        @Override
        public long valueSize() {
            return tombstone() ? 0 : store.valueSize(entries.reference(index));
        }

        @Override
        public byte[] key() {
            long reference = entries.reference(index);
            int size = store.keySize(reference);
            if (key.length < size) {
                key = new byte[size];
            }
            store.copyKey(reference, key);
            return key;
        }
    }
}
