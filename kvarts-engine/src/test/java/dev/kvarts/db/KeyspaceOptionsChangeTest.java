package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.manifest.Manifest;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/// A keyspace has the options that it was given last, whatever its shape.
final class KeyspaceOptionsChangeTest {
    private static final KeyspaceOptions FIRST =
            KeyspaceOptions.defaults().withUtilisationPercent(60);
    private static final KeyspaceOptions SECOND =
            FIRST.withTtl(Duration.ofDays(400)).withMergeOperator("append");

    @TempDir private Path directory;

    private KeyspaceOptions stored(String name) throws IOException {
        return Manifest.read(RealDirectory.open(directory, false)).state().keyspaces().stream()
                .filter(keyspace -> keyspace.name().equals(name))
                .findFirst()
                .orElseThrow()
                .options();
    }

    @Test
    void aHashedKeyspaceThatExistsTakesOnOptions() throws IOException {
        byte[] key = Samples.key(1);
        try (Database db = Kvarts.open(directory, Samples.small())) {
            Keyspace keyspace = db.hashed("h", FIRST);
            keyspace.put(key, key);
            assertEquals(FIRST, stored("h"));
            db.hashed("h", SECOND);
            assertEquals(SECOND, stored("h"));
            db.flush();
            assertArrayEquals(key, keyspace.get(key));
        }
        assertEquals(SECOND, stored("h"));
    }

    @Test
    void openingByNameAloneLeavesOptionsAsTheyAre() throws IOException {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            db.hashed("h", SECOND);
            db.ordered("o", SECOND);
        }
        try (Database db = Kvarts.open(directory, Samples.small())) {
            long writes = db.stats().manifestWrites();
            db.hashed("h");
            db.ordered("o");
            db.hashed("h", SECOND);
            db.ordered("o", SECOND);
            assertEquals(writes, db.stats().manifestWrites());
            assertEquals(SECOND, stored("h"));
            assertEquals(SECOND, stored("o"));
        }
    }

    @Test
    void optionsThatNameWhatIsNotThereAreRefusedAndChangeNothing() throws IOException {
        try (Database db = Kvarts.open(directory, Samples.small())) {
            db.hashed("h", FIRST);
            db.ordered("o", FIRST);
            for (KeyspaceOptions wrong :
                    new KeyspaceOptions[] {
                        FIRST.withCodec("snappy"), FIRST.withMergeOperator("multiply")
                    }) {
                assertThrows(IllegalArgumentException.class, () -> db.hashed("h", wrong));
                assertThrows(IllegalArgumentException.class, () -> db.ordered("o", wrong));
                assertThrows(IllegalArgumentException.class, () -> db.hashed("new", wrong));
            }
            assertEquals(FIRST, stored("h"));
            assertEquals(FIRST, stored("o"));
            assertEquals(2, db.keyspaces().size());
        }
    }
}
