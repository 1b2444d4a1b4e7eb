package dev.kvarts.testkit;

import dev.kvarts.io.Directory;
import dev.kvarts.io.NoSpaceException;
import dev.kvarts.testkit.Operation.Kind;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A disk in memory that remembers what was synced.
///
/// Every call of the file system is an [Operation]: counted, told to the [listener][#listen],
/// failed by the [plan][#faults]. At any moment [#image] takes what a crash would find;
/// [DiskImage#crash] makes of it, in any [CrashMode], the disk after the restart. Images and disks
/// share the blocks that are the same, so that hundreds of thousands of crashes are affordable.
///
/// ```
///   stores, appends          force, sync
/// ──────────────────▶ now ─────────────────▶ durable
///                      └──────── image ────────┘
///                                  │ crash(mode, seed)
///                                  ▼
///                      a disk of which all is durable
/// ```
///
/// Thread safety: any number of threads. The same calls in the same order give the same disk.
public final class SimulatedDisk {
    private final Map<String, SimulatedDirectory> directories = new TreeMap<>();
    private final Map<Long, SimulatedFile> files = new TreeMap<>();
    private final FaultPlan faults = new FaultPlan();
    private boolean oneThread;
    private OperationListener listener = _ -> {};
    private long operations;
    private long clock;
    private long nextFile;
    private long capacityBytes = Long.MAX_VALUE;
    private int openFiles;

    public SimulatedDisk() {}

    /// The disk that a killed process leaves.
    SimulatedDisk(
            List<SimulatedDirectory.State> directoryStates,
            List<SimulatedFile.State> fileStates,
            long clock) {
        this.clock = clock;
        fileStates.forEach(state -> addFile(new SimulatedFile(state)));
        directoryStates.forEach(
                state -> directories.put(state.path(), new SimulatedDirectory(this, state, files)));
    }

    /// For [DiskImage].
    void addFile(SimulatedFile file) {
        files.put(file.id, file);
        nextFile = Math.max(nextFile, file.id + 1);
    }

    /// For [DiskImage].
    void addDirectory(String path, Map<String, SimulatedFile> names) {
        directories.put(path, new SimulatedDirectory(this, path, names));
    }

    /// Promises that one thread alone maps and unmaps files, which is cheaper then.
    public SimulatedDisk usedByOneThread() {
        oneThread = true;
        return this;
    }

    /// The directory of this name; created, durably, when there is none.
    public synchronized Directory directory(String path) {
        return directories.computeIfAbsent(path, name -> new SimulatedDirectory(this, name));
    }

    /// Names of all directories.
    public synchronized List<String> directories() {
        return List.copyOf(directories.keySet());
    }

    /// Whom to tell before each operation, instead of whoever was told until now.
    public synchronized void listen(OperationListener newListener) {
        listener = newListener;
    }

    /// What is to fail.
    public FaultPlan faults() {
        return faults;
    }

    /// Operations so far.
    public synchronized long operations() {
        return operations;
    }

    /// Files that are open or mapped: each opening that was not closed counts.
    public synchronized int openFiles() {
        return openFiles;
    }

    /// For the files of this disk, when they are opened (1) and closed (-1).
    void countOpen(int change) {
        openFiles += change;
    }

    /// Makes the disk this large. What is there already may be more: then only deleting helps.
    public synchronized void setCapacityBytes(long bytes) {
        capacityBytes = bytes;
    }

    /// Bytes of all files that have a name.
    public synchronized long usedBytes() {
        long used = 0;
        Set<SimulatedFile> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (var directory : directories.values()) {
            for (SimulatedFile file : directory.files().values()) {
                used += seen.add(file) ? file.size() : 0;
            }
        }
        return used;
    }

    synchronized long freeBytes() {
        return capacityBytes == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : Math.max(0, capacityBytes - usedBytes());
    }

    /// What a crash would find now.
    public synchronized DiskImage image() {
        clock++;
        var directoryStates = new ArrayList<SimulatedDirectory.State>(directories.size());
        var reachable = new HashSet<Long>();
        for (var directory : directories.values()) {
            var state = directory.capture();
            directoryStates.add(state);
            reachable.addAll(state.durable().values());
            for (var change : state.pending()) {
                reachable.add(
                        switch (change) {
                            case DirectoryChange.Created created -> created.file();
                            case DirectoryChange.Renamed renamed -> renamed.file();
                            case DirectoryChange.Deleted deleted -> deleted.file();
                        });
            }
        }
        files.keySet().retainAll(reachable);
        var fileStates = new ArrayList<SimulatedFile.State>(files.size());
        for (SimulatedFile file : files.values()) {
            fileStates.add(file.capture(clock));
        }
        return new DiskImage(directoryStates, fileStates, clock);
    }

    /// The disk after a crash now. This one is not changed.
    public SimulatedDisk crash(CrashMode mode, long seed) {
        return image().crash(mode, seed);
    }

    /// All bytes of a file, as the process sees them.
    public synchronized byte[] read(String directory, String file) {
        return content(directory, file).whole().clone();
    }

    /// Puts bytes there behind everybody's back, durably: rotten or misdirected hardware. The file
    /// keeps its names.
    public synchronized void rewrite(String directory, String file, byte[] bytes) {
        find(directory, file).overwrite(Content.of(bytes));
    }

    /// A disk of its own with the same files, all durable, of which one has one other byte. Cheap.
    public synchronized SimulatedDisk withByte(
            String directory, String file, long offset, byte value) {
        SimulatedDisk copy = crash(CrashMode.PROCESS_KILL, 0);
        SimulatedFile damaged = copy.find(directory, file);
        damaged.overwrite(damaged.content(0).withByte(offset, value));
        return copy;
    }

    /// As [#withByte], with another length: cut, or grown by zeros.
    public synchronized SimulatedDisk withSize(String directory, String file, long size) {
        SimulatedDisk copy = crash(CrashMode.PROCESS_KILL, 0);
        SimulatedFile damaged = copy.find(directory, file);
        damaged.overwrite(damaged.content(0).withSize(size));
        return copy;
    }

    private SimulatedFile find(String directory, String file) {
        try {
            return directories.get(directory).file(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Content content(String directory, String file) {
        return find(directory, file).content(clock);
    }

    SimulatedFile newFile() {
        var file = new SimulatedFile(nextFile++);
        files.put(file.id, file);
        return file;
    }

    Arena newArena() {
        return oneThread ? Arena.ofConfined() : Arena.ofShared();
    }

    long now() {
        return clock;
    }

    /// Every operation starts here. Returns whether it is to do what it says.
    synchronized boolean begin(Kind kind, String directory, String file) throws IOException {
        clock++;
        var operation = new Operation(operations++, kind, directory, file);
        listener.before(operation);
        try {
            return faults.check(operation);
        } catch (ShortWriteException e) {
            throw kind == Kind.APPEND ? e : e.failure();
        }
    }

    /// @throws NoSpaceException if so many more bytes do not fit
    void allocate(long bytes, String directory, String file) throws IOException {
        if (bytes > freeBytes()) {
            throw new NoSpaceException("simulated full disk: " + directory + "/" + file, null);
        }
    }
}
