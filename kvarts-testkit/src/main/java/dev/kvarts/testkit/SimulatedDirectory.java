package dev.kvarts.testkit;

import dev.kvarts.io.Directory;
import dev.kvarts.io.LockedException;
import dev.kvarts.io.MappedFile;
import dev.kvarts.io.ReadableFile;
import dev.kvarts.io.WritableFile;
import dev.kvarts.testkit.Operation.Kind;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One directory of a [SimulatedDisk]. All state is guarded by the disk's monitor.
final class SimulatedDirectory implements Directory {
    static final String LOCK_FILE = "lock";

    /// The directory as an image holds it.
    record State(String path, Map<String, Long> durable, List<DirectoryChange> pending) {}

    private final SimulatedDisk disk;
    private final String path;
    private final Map<String, SimulatedFile> names = new TreeMap<>();
    private Map<String, Long> durable;
    private List<DirectoryChange> pending = new ArrayList<>();
    private State captured; // null when changed since
    private boolean locked;

    SimulatedDirectory(SimulatedDisk disk, String path) {
        this.disk = disk;
        this.path = path;
        this.durable = Map.of();
    }

    /// A directory that survived.
    SimulatedDirectory(SimulatedDisk disk, String path, Map<String, SimulatedFile> survived) {
        this.disk = disk;
        this.path = path;
        names.putAll(survived);
        survived.values().forEach(file -> file.names++);
        durable = idsOf(names);
    }

    /// A directory as a killed process leaves it: what was pending is pending.
    SimulatedDirectory(SimulatedDisk disk, State state, Map<Long, SimulatedFile> files) {
        this.disk = disk;
        this.path = state.path;
        this.durable = state.durable;
        this.pending = new ArrayList<>(state.pending);
        var ids = new TreeMap<>(durable);
        pending.forEach(change -> DiskImage.apply(change, ids));
        ids.forEach((name, id) -> names.put(name, files.get(id)));
        names.values().forEach(file -> file.names++);
    }

    private static Map<String, Long> idsOf(Map<String, SimulatedFile> names) {
        var ids = new TreeMap<String, Long>();
        names.forEach((name, file) -> ids.put(name, file.id));
        return ids;
    }

    @Override
    public String describe() {
        return "simulated:" + path;
    }

    @Override
    public List<String> list() throws IOException {
        synchronized (disk) {
            disk.begin(Kind.LIST, path, "");
            return List.copyOf(names.keySet());
        }
    }

    @Override
    public boolean isEmpty() throws IOException {
        return list().isEmpty();
    }

    @Override
    public boolean exists(String name) throws IOException {
        synchronized (disk) {
            disk.begin(Kind.LIST, path, name);
            return names.containsKey(name);
        }
    }

    @Override
    public long size(String name) throws IOException {
        synchronized (disk) {
            disk.begin(Kind.LIST, path, name);
            return file(name).size();
        }
    }

    SimulatedFile file(String name) throws IOException {
        SimulatedFile file = names.get(name);
        if (file == null) {
            throw new NoSuchFileException(describe() + "/" + name);
        }
        return file;
    }

    /// For looking at it without an operation.
    Map<String, SimulatedFile> files() {
        return names;
    }

    @Override
    public WritableFile create(String name) throws IOException {
        synchronized (disk) {
            disk.begin(Kind.CREATE, path, name);
            SimulatedFile file = names.get(name);
            if (file == null) {
                file = newName(name);
            } else {
                file.truncate();
            }
            return new SimulatedWritableFile(disk, path, name, file);
        }
    }

    private SimulatedFile newName(String name) {
        SimulatedFile file = disk.newFile();
        names.put(name, file);
        file.names++;
        pend(new DirectoryChange.Created(disk.now(), name, file.id));
        return file;
    }

    private void pend(DirectoryChange change) {
        pending.add(change);
        captured = null;
    }

    @Override
    public ReadableFile open(String name, boolean mapped) throws IOException {
        synchronized (disk) {
            disk.begin(Kind.OPEN, path, name);
            return new SimulatedReadableFile(disk, path, name, file(name), mapped);
        }
    }

    @Override
    public MappedFile map(String name, long sizeBytes) throws IOException {
        synchronized (disk) {
            disk.begin(Kind.MAP, path, name);
            SimulatedFile file = names.get(name);
            if (file == null) {
                disk.allocate(sizeBytes, path, name);
                file = newName(name);
                file.preallocate(sizeBytes, disk.now());
            }
            if (file.size() != sizeBytes) {
                throw new IOException(
                        "size is not as expected: "
                                + describe()
                                + "/"
                                + name
                                + " size="
                                + file.size()
                                + " expected="
                                + sizeBytes);
            }
            if (file.mapped()) {
                throw new AssertionError("file is mapped twice: " + name);
            }
            Arena arena = disk.newArena();
            var segment = arena.allocate(sizeBytes, 8);
            file.attach(segment);
            return new SimulatedMappedFile(disk, path, name, file, arena, segment);
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        synchronized (disk) {
            disk.begin(Kind.RENAME, path, from);
            SimulatedFile file = file(from);
            names.remove(from);
            SimulatedFile replaced = names.put(to, file);
            if (replaced != null) {
                replaced.names--;
            }
            pend(new DirectoryChange.Renamed(disk.now(), from, to, file.id));
        }
    }

    @Override
    public void delete(String name) throws IOException {
        synchronized (disk) {
            disk.begin(Kind.DELETE, path, name);
            SimulatedFile file = file(name);
            names.remove(name);
            file.names--;
            pend(new DirectoryChange.Deleted(disk.now(), name, file.id));
        }
    }

    @Override
    public void sync() throws IOException {
        synchronized (disk) {
            if (disk.begin(Kind.SYNC, path, "")) {
                durable = idsOf(names);
                pending = new ArrayList<>();
                captured = null;
            }
        }
    }

    @Override
    public void linkTo(String name, Directory target) throws IOException {
        synchronized (disk) {
            disk.begin(Kind.LINK, path, name);
            var other = (SimulatedDirectory) target;
            SimulatedFile file = file(name);
            if (file.mapped()) {
                throw new AssertionError("a file that changes was linked: " + name);
            }
            if (other.names.putIfAbsent(name, file) != null) {
                throw new IOException("file exists: " + other.describe() + "/" + name);
            }
            file.names++;
            other.pend(new DirectoryChange.Created(disk.now(), name, file.id));
        }
    }

    @Override
    public Directory at(Path other) {
        return disk.directory(other.toString());
    }

    /// Makes a file of the name that [dev.kvarts.io.RealDirectory] uses, so that nobody is
    /// surprised by it there.
    @Override
    public AutoCloseable lock() throws IOException {
        synchronized (disk) {
            disk.begin(Kind.LOCK, path, "");
            if (locked) {
                throw new LockedException("database is open already: directory=" + describe());
            }
            if (!names.containsKey(LOCK_FILE)) {
                newName(LOCK_FILE);
            }
            locked = true;
            return () -> {
                synchronized (disk) {
                    locked = false;
                }
            };
        }
    }

    @Override
    public long cacheBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public long freeBytes() {
        return disk.freeBytes();
    }

    State capture() {
        if (captured == null) {
            captured = new State(path, durable, List.copyOf(pending));
        }
        return captured;
    }
}
