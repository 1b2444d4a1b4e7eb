package dev.kvarts.txn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.KeyspaceCore;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/// The locks of a batch.
final class BatchPlanTest {
    private final List<String> held = new ArrayList<>();
    private boolean dropped;

    private KeyspaceCore core(int number) {
        if (dropped) {
            throw new IllegalStateException("keyspace was dropped");
        }
        return new Locks(number);
    }

    private EntryBatch batch() {
        var batch = new EntryBatch();
        for (int keyspace : new int[] {2, 1}) {
            for (byte key : new byte[] {9, 3, 9, 4}) {
                batch.add(EntryFormat.PUT, keyspace, new byte[] {key}, 1, new byte[0], 0);
            }
        }
        return batch;
    }

    @Test
    void locksAreTakenInAscendingOrderEachOnce() {
        var plan = new BatchPlan(batch(), this::core);
        plan.lock();
        assertEquals(List.of("1/3", "1/4", "1/9", "2/3", "2/4", "2/9"), held);
        plan.unlock();
        assertEquals(List.of(), held);
    }

    /// The locks were looked up again to be given back; of a keyspace dropped in between they were
    /// kept, and the next writer waited for ever.
    @Test
    void locksAreGivenBackAlsoWhenTheKeyspaceIsDroppedMeanwhile() {
        var plan = new BatchPlan(batch(), this::core);
        plan.lock();
        dropped = true;
        plan.unlock();
        assertEquals(List.of(), held);
    }

    @Test
    void aRangeIsDeletedUnderAllLocksOfItsKeyspace() {
        var batch = new EntryBatch();
        batch.add(EntryFormat.PUT, 1, new byte[] {2}, 1, new byte[0], 0);
        batch.add(EntryFormat.RANGE_DELETE, 2, new byte[0], 0, new byte[0], 0);
        batch.add(EntryFormat.PUT, 2, new byte[] {1}, 1, new byte[0], 0);
        var plan = new BatchPlan(batch, this::core);
        plan.lock();
        assertEquals(List.of("1/2", "2/0", "2/1", "2/2"), held);
        plan.unlock();
        assertEquals(List.of(), held);
    }

    /// A keyspace that is nothing but its locks.
    private final class Locks implements KeyspaceCore {
        private final int number;

        Locks(int number) {
            this.number = number;
        }

        @Override
        public int number() {
            return number;
        }

        @Override
        public long hash(byte[] key, int keySize) {
            return keySize == 0 ? 0 : key[0];
        }

        @Override
        public int shard(long hash) {
            return (int) hash;
        }

        @Override
        public int shardCount() {
            return 3;
        }

        @Override
        public void lock(int shard) {
            held.add(number + "/" + shard);
        }

        @Override
        public void unlock(int shard) {
            held.remove(number + "/" + shard);
        }

        @Override
        public void admit(long bytes) {}

        @Override
        public void touch(long hash) {}

        @Override
        public long reserve(long hash, long userBytes) {
            return 0;
        }

        @Override
        public void fill(
                long hash,
                long reference,
                byte kind,
                byte[] entry,
                int keyAt,
                int keySize,
                int valueSize) {}

        @Override
        public void fill(
                long hash,
                long reference,
                byte kind,
                byte[] key,
                int keySize,
                Object value,
                long valueSize) {}

        @Override
        public void link(long hash, long reference, long sequence) {}

        @Override
        public void abandon(long hash, long reference, long userBytes) {}

        @Override
        public void count(long hash, byte kind, long userBytes) {}

        @Override
        public void noteUnlogged() {}

        @Override
        public long latestInMemory(long hash, byte[] key, int keySize) {
            return 0;
        }

        @Override
        public long memorySince() {
            return 0;
        }

        @Override
        public boolean needsReplay(long sequence) {
            return true;
        }
    }
}
