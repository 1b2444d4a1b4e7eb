package dev.kvarts.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.RangeTombstones;
import dev.kvarts.table.TableFiles.Entry;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Damage is reported, never served, and nothing but a [CorruptionException] comes of it.
final class DamagedTableTest {
    private @TempDir Path folder;
    private TableFiles files;
    private List<Entry> entries;
    private byte[] whole;

    @BeforeEach
    void write() throws IOException {
        write(BlockCodec.NONE);
    }

    private void write(BlockCodec codec) throws IOException {
        files = new TableFiles(folder);
        files.options = new TableOptions(256, 8, TableFiles.SEED, codec);
        entries = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            byte[] value = new byte[i % 50];
            Arrays.fill(value, (byte) ('a' + i % 26));
            byte kind = i % 7 == 0 ? EntryFormat.POINTER : EntryFormat.PUT;
            byte[] stored = i % 7 == 0 ? TableFiles.pointer(3, i, 5000) : value;
            entries.add(new Entry(TableFiles.key(10L * i), 100 + i, kind, stored));
        }
        files.write(1, entries, RangeTombstones.of(TableFiles.key(5), TableFiles.key(25), 90));
        whole = Files.readAllBytes(folder.resolve("table-1"));
    }

    /// Everything is asked for. What is found must be right; returns whether damage was reported.
    private boolean damageIsReported(byte[] bytes, boolean mapped, String where)
            throws IOException {
        Files.write(folder.resolve("table-1"), bytes);
        boolean reported = false;
        try (Table table = files.open(1, whole.length, mapped, 0)) {
            assertEquals(90, table.rangeTombstones().newest(), where);
            var lookup = new Lookup();
            for (Entry entry : entries) {
                lookup.ask(entry.key(), 16, TableFiles.SEED, Long.MAX_VALUE);
                try {
                    assertTrue(table.find(lookup), where);
                    assertArrayEquals(entry.value(), lookup.copyValue(), where);
                } catch (CorruptionException e) {
                    assertEquals("table-1", e.file());
                    reported = true;
                }
            }
            reported |= walk(table, where) < entries.size();
        } catch (CorruptionException e) {
            assertEquals("table-1", e.file());
            return true;
        }
        return reported;
    }

    /// Returns how many entries came, all of them right, before damage.
    private int walk(Table table, String where) {
        try (EntryCursor cursor = table.cursor(Long.MAX_VALUE)) {
            int count = 0;
            try {
                for (; cursor.next(); count++) {
                    Entry entry = entries.get(count);
                    assertArrayEquals(entry.key(), Arrays.copyOf(cursor.key(), 16), where);
                    assertEquals(entry.sequence(), cursor.sequence(), where);
                }
                assertEquals(entries.size(), count, where);
            } catch (CorruptionException e) {
                assertFalse(cursor.valid());
                assertThrows(CorruptionException.class, cursor::next); // it is not passed by
            }
            return count;
        }
    }

    @Test
    void everyFlippedByteIsReported() throws IOException {
        flipEveryByte();
    }

    @Test
    void everyFlippedByteOfCompressedBlocksIsReported() throws IOException {
        write(files.codecs.byName("lz4"));
        try (Table table = files.open(1, true)) {
            assertTrue(table.statistics().compressedBlocks() > 0);
        }
        flipEveryByte();
    }

    private void flipEveryByte() throws IOException {
        assertFalse(damageIsReported(whole, true, "whole"));
        for (int at = 0; at < whole.length; at += at < 4000 ? 97 : 1) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << at % 8);
            assertTrue(damageIsReported(damaged, at % 2 == 0, "byte " + at), "byte " + at);
        }
    }

    @Test
    void aBlockInThePlaceOfAnotherIsReported() throws IOException {
        files.options = new TableOptions(4096, 8, TableFiles.SEED);
        files.numbered(1, 200, 100, 12).close();
        byte[] bytes = Files.readAllBytes(folder.resolve("table-1"));
        System.arraycopy(bytes, 4096, bytes, 8192, 4096);
        Files.write(folder.resolve("table-1"), bytes);
        try (Table table = files.open(1, true);
                EntryCursor cursor = table.cursor(99)) {
            assertTrue(cursor.next());
            int count = 1;
            try {
                while (cursor.next()) {
                    count++;
                }
            } catch (CorruptionException e) {
                assertEquals(8192, e.offset());
            }
            assertTrue(count > 20 && count < 60, "entries " + count);
        }
        assertEquals(1, files.check(1).size());
    }

    @Test
    void truncatedAndGarbledFilesAreReported() throws IOException {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            byte[] damaged = whole.clone();
            int at = random.nextInt(whole.length);
            switch (random.nextInt(4)) {
                case 0 -> Arrays.fill(damaged, at, damaged.length, (byte) 0); // never written
                case 1 -> { // another size, which the manifest knows
                    damaged = Arrays.copyOf(damaged, at);
                    Files.write(folder.resolve("table-1"), damaged);
                    long size = damaged.length;
                    assertThrows(
                            CorruptionException.class,
                            () -> files.open(1, size, true, 0),
                            "seed=" + seed);
                    continue;
                }
                case 2 -> { // a sector
                    byte[] noise = TableFiles.bytes(random, 512);
                    int from = at & -512;
                    System.arraycopy(noise, 0, damaged, from, Math.min(512, damaged.length - from));
                }
                default -> { // a number in the trailer
                    int from = damaged.length - TableFormat.TRAILER_SIZE + random.nextInt(136);
                    byte[] noise = TableFiles.bytes(random, 4);
                    System.arraycopy(noise, 0, damaged, from, 4);
                }
            }
            if (!Arrays.equals(damaged, whole)) {
                String where = "seed=" + seed + " round=" + round;
                assertTrue(damageIsReported(damaged, round % 2 == 0, where), where);
            }
        }
    }

    @Test
    void aMissingFileIsReported() throws IOException {
        files.directory.delete("table-1");
        var thrown =
                assertThrows(CorruptionException.class, () -> files.open(1, whole.length, true, 0));
        assertEquals("table-1", thrown.file());
    }
}
