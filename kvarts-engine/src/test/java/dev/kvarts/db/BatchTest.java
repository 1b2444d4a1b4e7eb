package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.WriteBatch;
import dev.kvarts.bytes.Bytes;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/// Changes that happen together or not at all.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class BatchTest {
    private static final byte[] K = Samples.bytes("k");
    private static final byte[] V = Samples.bytes("v");

    @TempDir private Path folder;
    private Database db;
    private Keyspace a;
    private Keyspace b;

    @BeforeEach
    void open() {
        db = Kvarts.open(folder.resolve("db"), Samples.small());
        a = db.hashed("a");
        b = db.hashed("b");
    }

    @AfterEach
    void close() {
        db.close();
    }

    @Test
    void changesOfAllKeyspacesHappen() {
        b.put(V, V);
        WriteBatch batch = db.batch();
        batch.put(a, K, V).put(b, MemorySegment.ofArray(K), MemorySegment.ofArray(V));
        batch.delete(b, V).delete(a, MemorySegment.ofArray(V));
        assertEquals(4, batch.count());
        assertEquals(6, batch.sizeBytes());
        assertNull(a.get(K));
        db.write(batch, Durability.SYNC);
        assertArrayEquals(V, a.get(K));
        assertArrayEquals(V, b.get(K));
        assertNull(b.get(V));
    }

    @Test
    void ofTwoChangesOfOneKeyTheLaterWins() {
        db.write(db.batch().put(a, K, V).put(a, K, K).delete(a, V).put(a, V, V));
        assertArrayEquals(K, a.get(K));
        assertArrayEquals(V, a.get(V));
        db.write(db.batch().put(a, K, V).delete(a, K));
        assertNull(a.get(K));
        db.flush();
        assertNull(a.get(K));
        assertArrayEquals(V, a.get(V));
    }

    @Test
    void aBatchIsWrittenOnceUnlessItIsCleared() {
        WriteBatch batch = db.batch().put(a, K, V);
        db.write(batch);
        assertThrows(IllegalStateException.class, () -> db.write(batch));
        assertThrows(IllegalStateException.class, () -> batch.put(a, V, V));
        assertEquals(0, batch.clear().count());
        assertEquals(0, batch.sizeBytes());
        db.write(batch.put(a, V, V));
        assertArrayEquals(V, a.get(V));
    }

    @Test
    void anEmptyBatchIsNothing() {
        long sequence = db.stats().sequence();
        db.write(db.batch());
        assertEquals(sequence, db.stats().sequence());
    }

    @Test
    void keysAndValuesAreCopiedWhenAdded() {
        byte[] key = K.clone();
        byte[] value = V.clone();
        WriteBatch batch = db.batch().put(a, key, value);
        key[0] = 0;
        value[0] = 0;
        db.write(batch);
        assertArrayEquals(V, a.get(K));
    }

    @Test
    void whatBelongsToAnotherDatabaseIsRefused() {
        try (Database other = Kvarts.open(folder.resolve("other"), Samples.small())) {
            Keyspace foreign = other.hashed("a");
            WriteBatch batch = db.batch();
            assertThrows(IllegalArgumentException.class, () -> batch.put(foreign, K, V));
            assertThrows(IllegalArgumentException.class, () -> other.write(batch.put(a, K, V)));
            assertThrows(NullPointerException.class, () -> db.write(null));
            assertThrows(NullPointerException.class, () -> batch.put(null, K, V));
        }
        assertNull(a.get(K));
    }

    @Test
    void aRefusedChangeLeavesTheBatchAsItWas() {
        WriteBatch batch = db.batch().put(a, K, V);
        assertThrows(IllegalArgumentException.class, () -> batch.put(a, new byte[0], V));
        assertThrows(IllegalArgumentException.class, () -> batch.delete(a, new byte[65_537]));
        assertEquals(1, batch.count());
        db.write(batch);
        assertArrayEquals(V, a.get(K));
    }

    @Test
    void aBatchLargerThanALogSegmentAndTheMemoryStoreIsWhole() {
        WriteBatch batch = db.batch();
        for (int i = 0; i < 20_000; i++) {
            batch.put(i % 2 == 0 ? a : b, Samples.key(i), Samples.filled(40, i));
        }
        db.write(batch);
        db.close();
        db = Kvarts.open(folder.resolve("db"), Samples.small());
        a = db.hashed("a");
        b = db.hashed("b");
        for (int i = 0; i < 20_000; i++) {
            assertArrayEquals(
                    Samples.filled(40, i), (i % 2 == 0 ? a : b).get(Samples.key(i)), "key " + i);
        }
    }

    /// Every batch sets the key of both keyspaces to one number; numbers rise. Who reads one
    /// keyspace after the other never finds the second older.
    @Test
    void readersSeeABatchInAllKeyspacesOrInNone() throws InterruptedException {
        var stop = new AtomicBoolean();
        var failure = new AtomicReference<String>();
        List<Thread> readers = new ArrayList<>();
        db.write(db.batch().put(a, K, new byte[8]).put(b, K, new byte[8]));
        readers.add(Thread.ofPlatform().start(() -> compare(a, b, stop, failure)));
        readers.add(Thread.ofPlatform().start(() -> compare(b, a, stop, failure)));
        WriteBatch batch = db.batch();
        for (long i = 1; i <= 20_000; i++) {
            byte[] value = new byte[100];
            Bytes.putLong(value, 0, i);
            batch.clear();
            batch.put(i % 2 == 0 ? a : b, K, value).put(i % 2 == 0 ? b : a, K, value);
            db.write(batch);
        }
        stop.set(true);
        for (Thread reader : readers) {
            reader.join();
        }
        assertNull(failure.get());
        assertTrue(db.verify().ok());
    }

    private static void compare(
            Keyspace first, Keyspace second, AtomicBoolean stop, AtomicReference<String> failure) {
        while (!stop.get()) {
            long one = Bytes.getLong(first.get(K), 0);
            long two = Bytes.getLong(second.get(K), 0);
            if (two < one) {
                failure.set(first.name() + "=" + one + " " + second.name() + "=" + two);
            }
        }
    }
}
