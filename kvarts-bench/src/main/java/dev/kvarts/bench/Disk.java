package dev.kvarts.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/// Directories of stores: making them empty, weighing them, syncing them.
final class Disk {
    private Disk() {}

    /// Makes an empty directory, deleting what was there.
    static void recreate(Path directory) {
        delete(directory);
        createDirectories(directory);
    }

    static void createDirectories(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try {
            Files.walkFileTree(
                    directory,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.deleteIfExists(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(Path visited, IOException failure)
                                throws IOException {
                            Files.deleteIfExists(visited);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Bytes that the files of a directory occupy; NaN where the machine cannot tell. Blocks are
    /// asked for, not lengths: the file of LMDB is mostly a hole.
    static double occupiedBytes(Path directory) {
        String output = run("du", "-s", "-B1", directory.toString());
        int end = output.indexOf('\t');
        return end < 0 ? Double.NaN : Double.parseDouble(output.substring(0, end));
    }

    /// Writes everything of the file system under `directory` to its device, so that what one
    /// workload has left in the page cache is counted with it and not with the next.
    static void sync(Path directory) {
        run("sync", "-f", directory.toString());
    }

    static String run(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return output.trim();
        } catch (IOException e) {
            return ""; // the machine has no such command
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
