package dev.kvarts.db;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.VerifyReport;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.hash.IndexCheck;
import dev.kvarts.hash.IndexFormat;
import dev.kvarts.hash.RunCheck;
import dev.kvarts.hash.RunFormat;
import dev.kvarts.io.Directory;
import dev.kvarts.manifest.HashedMeta;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.ManifestFormat;
import dev.kvarts.manifest.OrderedMeta;
import dev.kvarts.manifest.RunMeta;
import dev.kvarts.manifest.TableMeta;
import dev.kvarts.manifest.ValueFileMeta;
import dev.kvarts.table.TableCheck;
import dev.kvarts.table.TableFormat;
import dev.kvarts.vlog.ValueFileCheck;
import dev.kvarts.vlog.ValueFileFormat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Reads every file that the manifest names, and the log, byte by byte.
///
/// The files of a keyspace are read while none of its jobs runs, so that none disappears meanwhile.
final class Verification {
    private final EngineEnvironment environment;
    private final List<StoredKeyspace> keyspaces;
    private final List<VerifyReport.Problem> problems = new ArrayList<>();
    private int files;
    private long bytes;
    private long entries;

    Verification(EngineEnvironment environment, List<StoredKeyspace> keyspaces) {
        this.environment = environment;
        this.keyspaces = keyspaces;
    }

    VerifyReport run() {
        check(ManifestFormat.FILE, environment.manifest()::check);
        for (StoredKeyspace keyspace : keyspaces) {
            keyspace.whileQuiet(
                    () -> {
                        KeyspaceMeta meta =
                                environment.manifest().state().keyspace(keyspace.number());
                        if (meta != null) {
                            checkFiles(meta);
                        }
                    });
        }
        bytes += environment.log().check(this::damaged);
        files += environment.log().counts().segments();
        if (environment.log().pastChanges().retained()) {
            check("changes", () -> environment.log().pastChanges().check(this::damaged));
        }
        return new VerifyReport(files, bytes, entries, problems);
    }

    private void checkFiles(KeyspaceMeta meta) {
        switch (meta) {
            case HashedMeta hashed -> checkFiles(hashed);
            case OrderedMeta ordered -> checkFiles(ordered);
        }
    }

    private void checkFiles(HashedMeta meta) {
        Directory directory = environment.directory();
        for (RunMeta run : meta.runs()) {
            check(
                    RunFormat.fileName(run.number()),
                    () -> {
                        entries +=
                                RunCheck.check(
                                        directory,
                                        environment.database(),
                                        environment.hashSeed(),
                                        meta.number(),
                                        run,
                                        this::damaged);
                        return run.fileBytes();
                    });
        }
        if (meta.checkpoint() != 0) {
            check(
                    IndexFormat.fileName(meta.checkpoint()),
                    () -> IndexCheck.check(directory, environment.database(), meta, this::damaged));
        }
    }

    private void checkFiles(OrderedMeta meta) {
        Directory directory = environment.directory();
        for (TableMeta table : meta.tables()) {
            check(
                    TableFormat.fileName(table.number()),
                    () -> {
                        entries +=
                                TableCheck.check(
                                        directory,
                                        environment.database(),
                                        environment.hashSeed(),
                                        meta.number(),
                                        table.number(),
                                        table.fileBytes(),
                                        environment.sharedBlocks().codecs(),
                                        this::damaged);
                        return table.fileBytes();
                    });
        }
        for (ValueFileMeta file : meta.valueFiles()) {
            check(
                    ValueFileFormat.fileName(file.number()),
                    () -> {
                        ValueFileCheck.check(
                                directory,
                                environment.database(),
                                meta.number(),
                                file.number(),
                                file.fileBytes(),
                                environment.sharedBlocks().codecs(),
                                this::damaged);
                        return file.fileBytes();
                    });
        }
    }

    private void damaged(String file, long offset, String what) {
        problems.add(new VerifyReport.Problem(file, offset, what));
    }

    private interface Check {
        /// Returns the bytes that were read.
        long run() throws IOException;
    }

    private void check(String file, Check check) {
        files++;
        try {
            bytes += check.run();
        } catch (CorruptionException e) {
            problems.add(new VerifyReport.Problem(e.file(), e.offset(), e.getMessage()));
        } catch (IOException | InternalError e) {
            problems.add(new VerifyReport.Problem(file, 0, "cannot be read: " + e.getMessage()));
        }
    }
}
