package dev.kvarts.inspect;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.inspect.DatabaseLayout.KeyspaceLayout;
import dev.kvarts.io.Directory;
import dev.kvarts.io.RealDirectory;
import dev.kvarts.log.LogRecovery;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.Manifest;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.manifest.ManifestState;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads how the files of a database stand to each other: the manifest, and the footer of every
/// file that it names. Takes no lock and changes nothing, so the database may be open, also in
/// another process.
///
/// What an open database does meanwhile can delete a file between the reading of the manifest and
/// of that file. Then a newer manifest does not name it any more, and all is read again.
public final class Layouts {
    private static final int ATTEMPTS_MAX = 100;

    private Layouts() {}

    /// Reads the layout of the database in this directory.
    ///
    /// @throws dev.kvarts.api.CorruptionException if the manifest or a footer is damaged
    /// @throws IOException if a file cannot be read, or there is no database
    public static DatabaseLayout read(Path directory) throws IOException {
        return read(open(directory));
    }

    /// As [#read(Path)], in any directory.
    public static DatabaseLayout read(Directory directory) throws IOException {
        for (int attempt = 1; ; attempt++) {
            ManifestState state = Manifest.read(directory).state();
            try {
                return layout(directory, state);
            } catch (IOException e) {
                boolean same = Manifest.read(directory).state().edit() == state.edit();
                if (same || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
            }
        }
    }

    /// Options of all keyspaces, by name.
    ///
    /// @throws dev.kvarts.api.CorruptionException if the manifest is damaged
    /// @throws IOException if it cannot be read, or there is no database
    public static Map<String, KeyspaceOptions> options(Path directory) throws IOException {
        Map<String, KeyspaceOptions> options = new HashMap<>();
        for (KeyspaceMeta keyspace : Manifest.read(open(directory)).state().keyspaces()) {
            options.put(keyspace.name(), keyspace.options());
        }
        return options;
    }

    private static Directory open(Path path) throws IOException {
        Directory directory = RealDirectory.open(path, false);
        if (!Manifest.exists(directory)) {
            throw new NoSuchFileException(path.resolve(ManifestFormat.FILE).toString());
        }
        return directory;
    }

    private static DatabaseLayout layout(Directory directory, ManifestState state)
            throws IOException {
        int segments = 0;
        long bytes = 0;
        for (String name : directory.list()) {
            if (LogRecovery.slotOf(name) >= 0) {
                segments++;
                bytes += directory.size(name);
            }
        }
        var footers = new Footers(directory);
        List<KeyspaceLayout> keyspaces = new ArrayList<>();
        for (KeyspaceMeta keyspace : state.keyspaces()) {
            keyspaces.add(footers.layout(keyspace));
        }
        keyspaces.sort(Comparator.comparing(KeyspaceLayout::name));
        return new DatabaseLayout(segments, bytes, keyspaces);
    }
}
