package dev.kvarts.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.manifest.ManifestState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/// A description with fitting checksums may come from anybody: its names lead nowhere else.
final class BackupNamesTest {
    private static byte[] naming(String file) {
        var files = List.of(new BackupFile(file, 1, 2, 3, null));
        return BackupFormat.encode(
                new BackupDescription(1, 0, 5, 6, files, ManifestState.initial(7, 8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../run-1",
                "/run-1",
                "run-1/../../x",
                "run-",
                "run-1 ",
                "manifest",
                "lock",
                "log-0",
                "C:run-1",
                "run-1\\x",
                ".",
                "..",
                "",
                "run-1.new",
                "x"
            })
    void aNameThatIsNoDataFilesIsRefused(String name) {
        byte[] bytes = naming(name);
        assertThrows(CorruptionException.class, () -> BackupFormat.decode(bytes, "backup-1"));
        assertFalse(BackupFormat.isStoredName(name + ".01234567"), name);
    }

    @Test
    void aNameOfOursIsTaken() {
        BackupDescription backup = BackupFormat.decode(naming("table-12"), "backup-1");
        assertEquals("table-12", backup.files().getFirst().name());
        assertTrue(BackupFormat.isStoredName(backup.files().getFirst().stored()));
        assertFalse(BackupFormat.isStoredName("table-12"));
    }

    @Test
    void aDescriptionUnderAnotherNameIsRefused() {
        byte[] bytes = naming("run-1");
        assertThrows(CorruptionException.class, () -> BackupFormat.decode(bytes, "backup-2"));
    }
}
