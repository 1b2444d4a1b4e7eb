package dev.kvarts.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The transactions of the workloads, on a store in a map that can be told to misbehave.
class TransactionsTest {
    private static final int NUM = 200;

    @TempDir Path directory;
    private final Settings settings = new Settings();
    private final MapStore store = new MapStore();

    private Measurement run(Workload workload) {
        settings.num = NUM;
        settings.hotKeys = 20;
        settings.valueSize = 40;
        var run = new WorkloadRun(StoreKind.KVARTS, store, directory, settings);
        run.run(Workload.FILLRANDOM, 0, false);
        return run.run(workload, 1, true);
    }

    @Test
    void aTransactionReadsAndWritesTenDifferentEntries() {
        Measurement measured = run(Workload.TRANSACTIONS);
        assertEquals(NUM / Transactor.KEYS, store.commits);
        assertEquals(Transactor.KEYS, store.fewestKeys);
        assertEquals(0, measured.figure(Figure.ABORTED));
    }

    @Test
    void hotOnesStayAmongTheFirstEntries() {
        run(Workload.TRANSACTIONS_HOT);
        assertTrue(store.committed.stream().allMatch(n -> n < 20), store.committed.toString());
    }

    @Test
    void oneThatMeetsAConflictIsTriedUntilItCommits() {
        store.conflictsBeforeCommit = 3;
        Measurement measured = run(Workload.TRANSACTIONS);
        assertEquals(NUM / Transactor.KEYS, store.commits);
        assertEquals(3, measured.figure(Figure.ABORTED));
    }

    @Test
    void aLostUpdateEndsTheRun() {
        store.losesOneWrite = true;
        var failure = assertThrows(IllegalStateException.class, () -> run(Workload.TRANSACTIONS));
        assertTrue(failure.getMessage().contains("updates were lost"), failure.getMessage());
    }

    @Test
    void anEntryThatIsNotThereEndsTheRun() {
        store.forgets = true;
        var failure = assertThrows(IllegalStateException.class, () -> run(Workload.TRANSACTIONS));
        assertTrue(failure.getMessage().contains("wrong answer"), failure.getMessage());
    }

    @Test
    void valuesMustHaveRoomForACounter() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Transactor(null, null, null, new byte[Values.COUNTED_SIZE_MIN - 1]));
    }

    /// One thread.
    private static final class MapStore implements Store {
        private final Map<Long, byte[]> entries = new HashMap<>();
        private final Set<Long> committed = new HashSet<>();
        private int conflictsBeforeCommit;
        private boolean losesOneWrite;
        private boolean forgets;
        private int commits;
        private int conflicts;
        private int fewestKeys = Integer.MAX_VALUE;

        @Override
        public Session session(int writeBatch) {
            return new MapSession();
        }

        @Override
        public void settle() {
            // Nothing is done in the background.
        }

        @Override
        public Counters counters() {
            return Counters.UNKNOWN;
        }

        @Override
        public void close() {
            // Nothing is open.
        }

        private int get(byte[] key, byte[] into) {
            byte[] value = entries.get(Keys.number(key));
            if (value == null) {
                return Session.ABSENT;
            }
            System.arraycopy(value, 0, into, 0, value.length);
            return value.length;
        }

        private final class MapSession implements Session {
            @Override
            public void put(byte[] key, byte[] value) {
                entries.put(Keys.number(key), value.clone());
            }

            @Override
            public void putSync(byte[] key, byte[] value) {
                put(key, value);
            }

            @Override
            public int get(byte[] key, byte[] into) {
                return MapStore.this.get(key, into);
            }

            @Override
            public void delete(byte[] key) {
                entries.remove(Keys.number(key));
            }

            @Override
            public Transaction begin() {
                return new MapTransaction();
            }

            @Override
            public Scan scan() {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() {
                // Nothing is gathered.
            }
        }

        private final class MapTransaction implements Session.Transaction {
            private final Map<Long, byte[]> writes = new HashMap<>();

            @Override
            public int get(byte[] key, byte[] into) {
                return forgets ? Session.ABSENT : MapStore.this.get(key, into);
            }

            @Override
            public void put(byte[] key, byte[] value) {
                writes.put(Keys.number(key), value.clone());
            }

            @Override
            public boolean commit() {
                if (conflicts < conflictsBeforeCommit) {
                    conflicts++;
                    return false;
                }
                conflicts = 0;
                commits++;
                fewestKeys = Math.min(fewestKeys, writes.size());
                committed.addAll(writes.keySet());
                if (losesOneWrite) {
                    losesOneWrite = false;
                    writes.remove(writes.keySet().iterator().next());
                }
                entries.putAll(writes);
                return true;
            }

            @Override
            public void close() {
                // Nothing is held.
            }
        }
    }
}
