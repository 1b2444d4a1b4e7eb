package dev.kvarts.io;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A directory of the file system.
///
/// An interrupt closes an [FileChannel] for everybody who uses it. Channels that outlive a call are
/// therefore either not interruptible ([RealWritableFile]) or reopened ([RealReadableFile]); those
/// within a call are used through [#shielded].
public final class RealDirectory implements Directory {
    static final String LOCK_FILE = "lock";

    /// The system keeps what one call writes as one unit, and a store into a mapping has the whole
    /// unit written again: with a megabyte per call each force of the log wrote a megabyte. But
    /// each unit that is written back also costs a message to every processor that has it mapped:
    /// with one or two pages per call buffered writers were slower by a tenth, and those who force
    /// not faster.
    private static final int ZEROS_PER_WRITE = 16 << 10;

    /// Directories that this process has locked. The one static state of the engine: a POSIX lock
    /// belongs to the process, and closing any other channel on the lock file would drop it, so a
    /// second opener must be told before it opens the file.
    private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

    private final Path path;

    private RealDirectory(Path path) {
        this.path = path;
    }

    /// Opens the directory.
    ///
    /// @throws IOException if it is not a directory, or absent and not to be created
    public static RealDirectory open(Path path, boolean create) throws IOException {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new NotADirectoryException("not a directory: " + path);
        }
        if (!Files.exists(path)) {
            if (!create) {
                throw new NoSuchFileException(path.toString());
            }
            Files.createDirectories(path);
        }
        if (create && isEmpty(path)) {
            syncAncestors(path);
        }
        return new RealDirectory(path);
    }

    private static boolean isEmpty(Path path) throws IOException {
        try (var files = Files.list(path)) {
            return files.findAny().isEmpty();
        }
    }

    /// Makes the name of the directory durable, and the names of those above it: all of them may
    /// have been made a moment ago, by us or by a process that was killed before it came to this.
    private static void syncAncestors(Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        for (Path above = parent; above != null; above = above.getParent()) {
            try {
                syncDirectory(above);
            } catch (AccessDeniedException notOurs) {
                return; // we cannot have made a directory in it
            } catch (IOException e) {
                if (above.equals(parent)) {
                    throw e;
                }
                return; // a file system of another kind: what we made is below it
            }
        }
    }

    @Override
    public String describe() {
        return path.toString();
    }

    @Override
    public List<String> list() throws IOException {
        try (var files = Files.list(path)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @Override
    public boolean isEmpty() throws IOException {
        return isEmpty(path);
    }

    @Override
    public boolean exists(String name) {
        return Files.exists(path.resolve(name));
    }

    @Override
    public long size(String name) throws IOException {
        return Files.size(path.resolve(name));
    }

    @Override
    public WritableFile create(String name) throws IOException {
        return new RealWritableFile(name, path.resolve(name));
    }

    @Override
    public ReadableFile open(String name, boolean mapped) throws IOException {
        Path file = path.resolve(name);
        if (!mapped) {
            return new RealReadableFile(name, file);
        }
        Arena arena = Arena.ofShared();
        try {
            var segment =
                    shielded(
                            () -> {
                                try (var channel =
                                        FileChannel.open(file, StandardOpenOption.READ)) {
                                    return channel.map(
                                            FileChannel.MapMode.READ_ONLY,
                                            0,
                                            channel.size(),
                                            arena);
                                }
                            });
            return new RealReadableFile(name, file, arena, segment);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public MappedFile map(String name, long sizeBytes) throws IOException {
        Path file = path.resolve(name);
        if (!Files.exists(file)) {
            preallocate(file, sizeBytes);
        }
        Arena arena = Arena.ofShared();
        try {
            var buffer =
                    shielded(
                            () -> {
                                try (var channel =
                                        FileChannel.open(
                                                file,
                                                StandardOpenOption.READ,
                                                StandardOpenOption.WRITE)) {
                                    if (channel.size() != sizeBytes) {
                                        throw new IOException(
                                                "size is not as expected: "
                                                        + file
                                                        + " size="
                                                        + channel.size()
                                                        + " expected="
                                                        + sizeBytes);
                                    }
                                    return channel.map(
                                            FileChannel.MapMode.READ_WRITE, 0, sizeBytes, arena);
                                }
                            });
            return new RealMappedFile(name, arena, buffer);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /// Zeros are written, not skipped, so that the blocks are the file's own before anybody stores
    /// into the mapping.
    private static void preallocate(Path file, long sizeBytes) throws IOException {
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] zeros = new byte[ZEROS_PER_WRITE];
            for (long done = 0; done < sizeBytes; done += zeros.length) {
                out.write(zeros, 0, (int) Math.min(zeros.length, sizeBytes - done));
            }
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw translated(e, file);
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(path.resolve(from), path.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(String name) throws IOException {
        Files.delete(path.resolve(name));
    }

    @Override
    public void sync() throws IOException {
        syncDirectory(path);
    }

    private static void syncDirectory(Path directory) throws IOException {
        shielded(
                () -> {
                    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                        channel.force(true);
                    }
                    return null;
                });
    }

    @Override
    public void linkTo(String name, Directory target) throws IOException {
        Path from = path.resolve(name);
        Path to = ((RealDirectory) target).path.resolve(name);
        try {
            Files.createLink(to, from);
        } catch (IOException
                | UnsupportedOperationException cannotLink) { // another device, or no links there
            Files.deleteIfExists(to);
            shielded(() -> Files.copy(from, to));
            try (var copy = new RandomAccessFile(to.toFile(), "rw")) {
                copy.getFD().sync();
            }
        }
    }

    @Override
    public Directory at(Path other) throws IOException {
        return open(other, true);
    }

    @Override
    public long freeBytes() throws IOException {
        return Files.getFileStore(path).getUsableSpace();
    }

    @Override
    public long cacheBytes() {
        long machine = firstNumber(Path.of("/proc/meminfo"), 1024);
        long group2 = firstNumber(Path.of("/sys/fs/cgroup/memory.max"), 1);
        long group1 = firstNumber(Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes"), 1);
        long least = Math.min(machine, Math.min(group1, group2));
        return least == Long.MAX_VALUE ? Runtime.getRuntime().maxMemory() : least;
    }

    /// The first number in a file of the kernel's, or no limit where there is none.
    private static long firstNumber(Path file, long unit) {
        try (var lines = Files.lines(file)) {
            String digits = lines.findFirst().orElse("").replaceAll("[^0-9]", "");
            return digits.isEmpty() || digits.length() > 15
                    ? Long.MAX_VALUE
                    : Long.parseLong(digits) * unit;
        } catch (IOException notThere) {
            return Long.MAX_VALUE;
        }
    }

    @Override
    public AutoCloseable lock() throws IOException {
        Path real = path.toRealPath();
        Path file = real.resolve(LOCK_FILE);
        if (!LOCKED_HERE.add(real)) {
            throw new LockedException(
                    "database is open already: directory="
                            + path
                            + " pid="
                            + ProcessHandle.current().pid()
                            + " (this process)");
        }
        try {
            FileChannel channel = shielded(() -> lockedChannel(file));
            return () -> {
                channel.close(); // releases the lock
                LOCKED_HERE.remove(real);
            };
        } catch (IOException e) {
            LOCKED_HERE.remove(real);
            throw e;
        }
    }

    private FileChannel lockedChannel(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try {
            if (tryLock(channel) == null) {
                throw new LockedException(
                        "database is open already: directory="
                                + path
                                + " pid="
                                + Files.readString(file).strip());
            }
            channel.truncate(0);
            channel.write(StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    /// What the file system means by its message, where the JDK has no type for it.
    static IOException translated(IOException e, Path file) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("No space left") || message.contains("quota exceeded")) {
            return new NoSpaceException("no space left: " + file, e);
        }
        return e;
    }

    /// Runs an operation whose channel nobody else has. An interrupt is put off until it is done.
    static <T> T shielded(ChannelOperation<T> operation) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                interrupted |= Thread.interrupted();
                try {
                    return operation.run();
                } catch (ClosedByInterruptException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    interface ChannelOperation<T> {
        T run() throws IOException;
    }
}
