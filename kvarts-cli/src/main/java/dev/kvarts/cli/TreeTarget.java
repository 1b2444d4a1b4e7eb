package dev.kvarts.cli;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Writes entries as files below a new directory, and nowhere else.
///
/// A key is a path only if it is UTF-8 and its names, between `/`, are plain: not empty, not `.` or
/// `..`, without NUL or backslash. The directory begins empty and only ever gets directories and
/// regular files from here, so a path of plain names cannot lead out of it.
final class TreeTarget {
    private final Path root;

    private TreeTarget(Path root) {
        this.root = root;
    }

    /// @throws NotDirectoryException if there is something else of that name
    static TreeTarget create(Path root) throws IOException {
        return new TreeTarget(emptyDirectory(root));
    }

    /// Creates the directory, or makes sure that it is empty.
    static Path emptyDirectory(Path root) throws IOException {
        if (Files.exists(root) && !Files.isDirectory(root)) {
            throw new NotDirectoryException(root.toString());
        }
        Files.createDirectories(root);
        try (var there = Files.newDirectoryStream(root)) {
            if (there.iterator().hasNext()) {
                throw new CommandException(ExitCode.STORAGE, "directory is not empty: " + root);
            }
        }
        return root;
    }

    /// Writes one file. Returns null, or why this entry cannot be one.
    String write(byte[] key, MemorySegment value) throws IOException {
        String name = Notation.utf8(key);
        if (name == null) {
            return "not UTF-8";
        }
        String objection = objection(name);
        if (objection != null) {
            return objection;
        }
        try {
            Path file = root.resolve(name);
            if (!file.normalize().startsWith(root.normalize())) {
                return "leads out of the directory";
            }
            Files.createDirectories(file.getParent());
            try (var channel =
                    FileChannel.open(
                            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (long done = 0; done < value.byteSize(); ) {
                    long length = Math.min(value.byteSize() - done, 1 << 30);
                    done += channel.write(value.asSlice(done, length).asByteBuffer());
                }
            }
            return null;
        } catch (InvalidPathException e) {
            return "not a path here: " + e.getReason();
        } catch (FileSystemException e) {
            if (Files.getFileStore(root).getUsableSpace() == 0) {
                throw e;
            }
            return "not a file here: " + reason(e);
        }
    }

    private static String reason(FileSystemException e) {
        return e.getReason() == null ? "the name is taken" : e.getReason();
    }

    private static String objection(String name) {
        if (name.startsWith("/")) {
            return "an absolute path";
        }
        for (String part : name.split("/", -1)) {
            if (part.equals("..") || part.equals(".") || part.isEmpty()) {
                return "a path with an empty name, . or ..";
            }
            if (part.indexOf('\0') >= 0 || part.indexOf('\\') >= 0) {
                return "a path with NUL or a backslash";
            }
        }
        return null;
    }
}
