package dev.kvarts.cli;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.function.Consumer;

/// The files of a directory tree: the key is the path below the root with `/` between names, the
/// value the content.
///
/// Links and other things that are not regular files are counted and left out: following them could
/// leave the tree.
final class TreeSource implements EntrySource {
    private static final long MAP_FROM_BYTES = 16L << 20;

    private final Path base;
    private final Path root;
    private final Path excluded; // the database itself, when it lies inside the tree
    private final String suffix;
    private long leftOut;

    /// Takes the files below `root` whose names end in `suffix`; keys are paths below `base`.
    TreeSource(Path base, Path root, Path excluded, String suffix) {
        this.base = base;
        this.root = root;
        this.excluded = excluded;
        this.suffix = suffix;
    }

    @Override
    public void read(Receiver receiver) throws IOException {
        walk(
                (file, attributes) -> {
                    byte[] key = key(file);
                    if (attributes.size() < MAP_FROM_BYTES) {
                        receiver.accept(key, Files.readAllBytes(file));
                        return;
                    }
                    try (Arena arena = Arena.ofShared();
                            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                        MemorySegment content =
                                channel.map(
                                        FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
                        receiver.accept(key, content);
                    }
                });
    }

    @Override
    public long count() throws IOException {
        long[] count = new long[1];
        walk((file, attributes) -> count[0]++);
        leftOut = 0;
        return count[0];
    }

    /// The keys alone, without reading the files.
    void keys(Consumer<byte[]> receiver) throws IOException {
        walk((file, _) -> receiver.accept(key(file)));
        leftOut = 0;
    }

    @Override
    public long leftOut() {
        return leftOut;
    }

    private byte[] key(Path file) {
        if (file.toString().indexOf(CommandRunner.REPLACEMENT) >= 0) {
            throw new CommandException(
                    ExitCode.USAGE,
                    "the name of a file is not text in this locale (LC_ALL=C.UTF-8?): " + file);
        }
        String separator = base.getFileSystem().getSeparator();
        return base.relativize(file)
                .toString()
                .replace(separator, "/")
                .getBytes(StandardCharsets.UTF_8);
    }

    private void walk(Visitor visitor) throws IOException {
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes) {
                        return directory.equals(excluded)
                                ? FileVisitResult.SKIP_SUBTREE
                                : FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        if (!attributes.isRegularFile()) {
                            leftOut++;
                        } else if (file.toString().endsWith(suffix)) {
                            visitor.visit(file, attributes);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private interface Visitor {
        void visit(Path file, BasicFileAttributes attributes) throws IOException;
    }
}
