package dev.kvarts.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspacePolicy;
import dev.kvarts.api.Limits;
import dev.kvarts.api.TokenHash;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.log.LogEnd;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;

/// A state comes back as it was, or not at all.
final class ManifestTest {
    private static ManifestState random(Random random) {
        List<LogEnd> ends = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            ends.add(new LogEnd(random.nextLong(), random.nextLong()));
        }
        List<KeyspaceMeta> keyspaces = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            keyspaces.add(keyspace(random));
        }
        return new ManifestState(
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextInt(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                ends,
                keyspaces);
    }

    private static KeyspaceMeta keyspace(Random random) {
        var name = new StringBuilder();
        for (int i = random.nextInt(60); i >= 0; i--) {
            name.appendCodePoint(List.of(0x61, 0xE4, 0x20AC, 0x1F980).get(random.nextInt(4)));
        }
        List<RunMeta> runs = new ArrayList<>();
        for (int i = random.nextInt(250); i > 0; i--) {
            runs.add(
                    new RunMeta(
                            random.nextLong(),
                            random.nextInt(256),
                            random.nextLong(),
                            random.nextLong()));
        }
        if (random.nextBoolean()) {
            return ordered(random, name.toString());
        }
        return new HashedMeta(
                random.nextInt(),
                name.toString(),
                options(random),
                random.nextInt(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                runs);
    }

    private static OrderedMeta ordered(Random random, String name) {
        List<TableMeta> tables = new ArrayList<>();
        for (int i = random.nextInt(100); i > 0; i--) {
            tables.add(
                    new TableMeta(
                            random.nextLong(),
                            random.nextInt(),
                            random.nextLong(),
                            random.nextLong(),
                            random.nextLong(),
                            random.nextLong(),
                            random.nextLong()));
        }
        List<ValueFileMeta> valueFiles = new ArrayList<>();
        for (int i = random.nextInt(100); i > 0; i--) {
            valueFiles.add(new ValueFileMeta(random.nextLong(), random.nextLong()));
        }
        return new OrderedMeta(
                random.nextInt(), name, options(random), random.nextLong(), tables, valueFiles);
    }

    private static KeyspaceOptions options(Random random) {
        return new KeyspaceOptions(
                random.nextInt(50, 96),
                Compaction.values()[random.nextInt(Compaction.values().length)],
                Duration.ofMillis(random.nextLong(1_000, 1L << 50)),
                random.nextInt(64, 65_537),
                random.nextInt(1_024, 32_769),
                List.of("none", "lz4", "zstd", "g\u00FCnstig").get(random.nextInt(4)),
                lifetime(random),
                List.of("", "add", "\u20AC \u20AC").get(random.nextInt(3)),
                Duration.ofMillis(random.nextLong(1, 86_400_001)),
                lifetime(random),
                new KeyspacePolicy(
                        lifetime(random),
                        random.nextLong(1L << random.nextInt(63)),
                        random.nextLong(1L << random.nextInt(63)),
                        tokenHash(random),
                        tokenHash(random)));
    }

    private static Duration lifetime(Random random) {
        return Duration.ofMillis(
                random.nextLong(Limits.LIFETIME_MAX.toMillis() >> random.nextInt(45)));
    }

    private static TokenHash tokenHash(Random random) {
        byte[] hash = new byte[random.nextBoolean() ? 0 : TokenHash.SIZE];
        random.nextBytes(hash);
        return TokenHash.ofBytes(hash);
    }

    @Test
    void randomStatesComeBackAsTheyWere() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            ManifestState state = random(random);
            assertEquals(
                    state,
                    ManifestFormat.decode(ManifestFormat.encode(state), "m"),
                    "seed=" + seed + " number " + i);
        }
    }

    @Test
    void everyFlippedBitIsCorruption() {
        long seed = new Random().nextLong();
        byte[] bytes = ManifestFormat.encode(smallState(new Random(seed)));
        for (int i = 0; i < bytes.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= (byte) (1 << bit);
                assertThrows(
                        CorruptionException.class,
                        () -> ManifestFormat.decode(damaged, "m"),
                        "seed=" + seed + " byte " + i + " bit " + bit);
            }
        }
    }

    @Test
    void everyTruncationAndEveryExtensionIsCorruption() {
        long seed = new Random().nextLong();
        byte[] bytes = ManifestFormat.encode(smallState(new Random(seed)));
        for (int length = 0; length < bytes.length + 20; length++) {
            if (length != bytes.length) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(
                        CorruptionException.class,
                        () -> ManifestFormat.decode(cut, "m"),
                        "seed=" + seed + " length " + length);
            }
        }
    }

    private static ManifestState smallState(Random random) {
        return ManifestState.initial(random.nextLong(), random.nextLong())
                .withNewKeyspace(keyspace(random))
                .withLog(3, 4, List.of(new LogEnd(3, 100), new LogEnd(4, 0)), 77);
    }

    @Test
    void aNewerVersionIsRefusedWithBothVersionsNamed() {
        byte[] bytes = ManifestFormat.encode(ManifestState.initial(1, 2));
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(8, 4);
        var thrown =
                assertThrows(CorruptionException.class, () -> ManifestFormat.decode(bytes, "m"));
        assertTrue(thrown.getMessage().contains("version=4 known=1..3"), thrown.getMessage());
    }

    /// Its size changes with every change: who takes the size of one and the bytes of the next
    /// finds damage where there is none.
    @Test
    void itIsFoundSoundWhileItIsReplaced(@TempDir Path folder) throws Exception {
        var directory = RealDirectory.open(folder, true);
        Manifest manifest = Manifest.create(directory, ManifestState.initial(7, 8));
        manifest.change(state -> state.withLog(3, 4, List.of(), 77));
        var changes = new FutureTask<Long>(() -> replace(manifest), 1L);
        Thread.ofPlatform().start(changes);
        do {
            assertTrue(manifest.check() > 0);
            assertEquals(77, Manifest.read(directory).state().lastSequence()); // as another process
        } while (!changes.isDone());
        assertEquals(1L, changes.get());
    }

    private static void replace(Manifest manifest) {
        try {
            for (int i = 0; i < 300; i++) {
                long end = i;
                List<LogEnd> ends = i % 2 == 0 ? List.of() : List.of(new LogEnd(3, end));
                manifest.change(state -> state.withLog(3, 4, ends, 77));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aChangeIsOnDiskWhenItReturns(@TempDir Path folder) throws IOException {
        var directory = RealDirectory.open(folder, true);
        assertFalse(Manifest.exists(directory));
        Manifest manifest = Manifest.create(directory, ManifestState.initial(7, 8));
        assertFalse(Manifest.exists(directory));
        manifest.change(state -> state.withNextFile(5));
        ManifestState second = manifest.change(state -> state.withNextFile(9));
        assertEquals(2, second.edit());
        assertEquals(2, manifest.writes());
        assertEquals(second, Manifest.read(directory).state());
        assertSame(second, manifest.state());
    }

    @Test
    void aChangeThatFailsBeforeTheRenameLeavesTheOldState(@TempDir Path folder) throws IOException {
        var directory = RealDirectory.open(folder, true);
        Manifest manifest = Manifest.create(directory, ManifestState.initial(7, 8));
        ManifestState old = manifest.change(state -> state.withNextFile(5));
        Path inTheWay = Files.createDirectory(folder.resolve(ManifestFormat.TEMPORARY_FILE));
        assertThrows(IOException.class, () -> manifest.change(state -> state.withNextFile(6)));
        assertThrows(
                ArithmeticException.class,
                () -> manifest.change(state -> state.withNextFile(1 / (state.nextKeyspace() - 1))));
        assertSame(old, manifest.state());
        assertEquals(old, Manifest.read(directory).state());
        assertFalse(manifest.isBroken());
        Files.delete(inTheWay);
        manifest.change(state -> state.withNextFile(6));
        assertEquals(6, Manifest.read(directory).state().nextFile());
    }

    @Test
    void aFailedRenameRefusesEveryFurtherChange(@TempDir Path folder) throws IOException {
        var directory = RealDirectory.open(folder, true);
        Manifest manifest = Manifest.create(directory, ManifestState.initial(7, 8));
        Path inTheWay = Files.createDirectory(folder.resolve(ManifestFormat.FILE));
        Files.createFile(inTheWay.resolve("full"));
        var first = assertThrows(IOException.class, () -> manifest.change(state -> state));
        Files.delete(inTheWay.resolve("full"));
        Files.delete(inTheWay);
        assertTrue(manifest.isBroken());
        var refused = assertThrows(IOException.class, () -> manifest.change(state -> state));
        assertSame(first, refused.getCause());
    }

    /// A keyspace was made after sequence numbers that are in no log; after a crash they were given
    /// out again, and what had them was taken for flushed.
    @Test
    void whatANewKeyspaceTakesForFlushedIsNotGivenOutAgain() {
        var keyspace =
                new OrderedMeta(3, "k", KeyspaceOptions.defaults(), 77, List.of(), List.of());
        assertEquals(77, ManifestState.initial(1, 2).withNewKeyspace(keyspace).lastSequence());
    }

    @Test
    void theClockOfAStateNeverGoesBack() {
        ManifestState state = ManifestState.initial(1, 2);
        assertEquals(0, state.clockMillis());
        state = state.withClock(1_800_000_000_000L).withClock(1_700_000_000_000L);
        assertEquals(1_800_000_000_000L, state.clockMillis());
        assertEquals(1_800_000_000_000L, state.withNextFile(3).withEdit(9).clockMillis());
        assertEquals(1_800_000_000_000L, state.withLog(1, 2, List.of(), 3).clockMillis());
        assertEquals(1_800_000_000_000L, state.withoutKeyspace(1).clockMillis());
    }

    @Test
    void eitherShapeTakesOnOptions() {
        KeyspaceOptions other = options(new Random(1));
        var hashed = new HashedMeta(3, "h", KeyspaceOptions.defaults(), 4, 9, 7, 8, List.of());
        assertEquals(
                new HashedMeta(3, "h", other, 4, 9, 7, 8, List.of()), hashed.withOptions(other));
        var ordered = new OrderedMeta(4, "o", KeyspaceOptions.defaults(), 5, List.of(), List.of());
        assertEquals(
                new OrderedMeta(4, "o", other, 5, List.of(), List.of()),
                ordered.withOptions(other));
    }

    @Test
    void aTableThatIsRemovedAndAddedHasMoved() {
        var one = new TableMeta(5, 0, 5, 4096, 0, 1, 2);
        var other = new TableMeta(4, 0, 4, 8192, 0, 1, 2);
        var empty = new OrderedMeta(1, "o", KeyspaceOptions.defaults(), 0, List.of(), List.of());
        OrderedMeta meta = empty.withTables(Set.of(), List.of(one, other));
        assertEquals(List.of(other, one), meta.tables());
        meta = meta.withTables(Set.of(5L), List.of(one.at(3, 2)));
        assertEquals(List.of(other, new TableMeta(5, 3, 2, 4096, 0, 1, 2)), meta.tables());
        meta = meta.withValueFiles(Set.of(), List.of(new ValueFileMeta(9, 1)));
        assertEquals(List.of(), meta.withValueFiles(Set.of(9L), List.of()).valueFiles());
    }

    @Test
    void editsOfAStateTouchWhatTheySay() {
        var first = new RunMeta(1, 10, 4096, 5);
        var second = new RunMeta(2, 11, 8192, 6);
        var keyspace =
                new HashedMeta(3, "k", KeyspaceOptions.defaults(), 4, 9, 0, 0, List.of(first));
        ManifestState state = ManifestState.initial(1, 2).withNewKeyspace(keyspace);
        assertEquals(4, state.nextKeyspace());
        state = state.withKeyspace(keyspace.withRuns(second, Set.of(1L), 20));
        var changed = (HashedMeta) state.keyspace(3);
        assertEquals(List.of(second), changed.runs());
        assertEquals(20, changed.flushedSequence());
        assertEquals(7, changed.withCheckpoint(7, 2).checkpoint());
        state = state.withLog(5, 6, List.of(new LogEnd(4, 1), new LogEnd(5, 2)), 30);
        assertEquals(List.of(new LogEnd(5, 2)), state.logEnds());
        assertEquals(30, state.withLog(5, 6, List.of(), 12).lastSequence());
        assertEquals(List.of(), state.withoutKeyspace(3).keyspaces());
        assertEquals(4, state.withoutKeyspace(3).nextKeyspace());
    }
}
