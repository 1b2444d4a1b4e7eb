package dev.kvarts.log;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.io.DamageReport;
import dev.kvarts.io.Directory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/// The files of past changes of a directory, as far as they follow each other without a hole.
///
/// Thread safety: any number of threads.
final class ChangeFiles {
    // Fixed at construction.
    private final Directory directory;
    private final long database;

    private final ConcurrentSkipListMap<Long, ChangeFileInfo> byGeneration =
            new ConcurrentSkipListMap<>();

    ChangeFiles(Directory directory, long database) {
        this.directory = directory;
        this.database = database;
    }

    /// Looks at what is there. One that is damaged ends the chain: what is older than it is not
    /// known of. Returns the names of the files that are not part of the chain.
    List<String> list() throws IOException {
        byGeneration.clear();
        List<Long> generations = new ArrayList<>();
        for (String name : directory.list()) {
            long generation = ChangeFormat.generationOf(name);
            if (generation >= 0) {
                generations.add(generation);
            }
        }
        generations.sort(null);
        List<String> others = new ArrayList<>();
        long next = -1;
        for (long generation : generations.reversed()) {
            ChangeFileInfo info = next == -2 ? null : read(generation);
            if (info != null && (next == -1 || info.nextSequence() == next)) {
                byGeneration.put(generation, info);
                next = info.firstSequence();
            } else {
                next = -2;
                others.add(ChangeFormat.fileName(generation));
            }
        }
        return others;
    }

    private ChangeFileInfo read(long generation) throws IOException {
        try (var file = new ChangeFile(directory, ChangeFormat.fileName(generation), database)) {
            return file.info();
        } catch (CorruptionException damaged) {
            return null;
        } catch (IOException e) {
            throwUnlessGone(generation, e);
            return null;
        }
    }

    void add(ChangeFileInfo info) {
        byGeneration.put(info.generation(), info);
    }

    void forgetAll() {
        byGeneration.clear();
    }

    /// Forgets and deletes the oldest.
    void deleteOldest() throws IOException {
        Map.Entry<Long, ChangeFileInfo> oldest = byGeneration.pollFirstEntry();
        if (oldest != null) {
            directory.delete(oldest.getValue().name());
        }
    }

    ChangeFileInfo get(long generation) {
        return byGeneration.get(generation);
    }

    /// In ascending order.
    List<ChangeFileInfo> all() {
        return List.copyOf(byGeneration.values());
    }

    /// The first after a generation, or null.
    ChangeFileInfo after(long generation) {
        Map.Entry<Long, ChangeFileInfo> next = byGeneration.higherEntry(generation);
        return next == null ? null : next.getValue();
    }

    /// Opens one of them; null if it has been deleted.
    ChangeFile open(long generation) throws IOException {
        try {
            return new ChangeFile(directory, ChangeFormat.fileName(generation), database);
        } catch (IOException e) {
            throwUnlessGone(generation, e);
            return null;
        }
    }

    /// Reads and checks every file there is, those too that cannot be reached any more. Returns the
    /// bytes read.
    long check(DamageReport report) throws IOException {
        long bytes = 0;
        for (String name : directory.list()) {
            if (ChangeFormat.generationOf(name) < 0) {
                continue;
            }
            try (var file = new ChangeFile(directory, name, database)) {
                file.names();
                while (file.nextBlock(0) != null) {}
                bytes += file.info().fileBytes();
            } catch (CorruptionException e) {
                report.damaged(e.file(), e.offset(), e.getMessage());
            }
        }
        return bytes;
    }

    private void throwUnlessGone(long generation, IOException e) throws IOException {
        if (directory.exists(ChangeFormat.fileName(generation))) {
            throw e;
        }
    }
}
