package dev.kvarts.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/// A disk as a crash finds it: what is durable, and what is pending. Immutable; [#crash] may be
/// called any number of times.
public final class DiskImage {
    private final List<SimulatedDirectory.State> directories;
    private final List<SimulatedFile.State> files;
    private final long clock;

    DiskImage(
            List<SimulatedDirectory.State> directories,
            List<SimulatedFile.State> files,
            long clock) {
        this.directories = directories;
        this.files = files;
        this.clock = clock;
    }

    /// Whether anything is pending, so that the modes differ.
    public boolean clean() {
        return files.stream().allMatch(SimulatedFile.State::clean)
                && directories.stream().allMatch(directory -> directory.pending().isEmpty());
    }

    /// The disk after the restart. `seed` matters to the random modes only.
    public SimulatedDisk crash(CrashMode mode, long seed) {
        return mode == CrashMode.PROCESS_KILL
                ? new SimulatedDisk(directories, files, clock)
                : new Survival(mode, seed).disk();
    }

    static void apply(DirectoryChange change, Map<String, Long> names) {
        switch (change) {
            case DirectoryChange.Created created -> names.put(created.name(), created.file());
            case DirectoryChange.Renamed renamed -> {
                names.remove(renamed.from(), renamed.file());
                names.put(renamed.to(), renamed.file());
            }
            case DirectoryChange.Deleted deleted -> names.remove(deleted.name(), deleted.file());
        }
    }

    /// Decides what survives one crash.
    private final class Survival {
        private static final int SECTORS = Content.BLOCK_SIZE / Content.SECTOR_SIZE;

        private final CrashMode mode;
        private final SplittableRandom random;
        private final int keepPercent; // for the modes in which everything is decided by itself
        private final long cut; // for the modes in which time decides

        Survival(CrashMode mode, long seed) {
            this.mode = mode;
            this.random = new SplittableRandom(seed);
            this.keepPercent = new int[] {10, 50, 90}[random.nextInt(3)];
            this.cut =
                    switch (mode) {
                        case OLDEST_FIRST, NEWEST_FIRST -> drawCut();
                        default -> 0;
                    };
        }

        private long drawCut() {
            var times = new TreeSet<Long>();
            for (var directory : directories) {
                directory.pending().forEach(change -> times.add(change.time()));
            }
            for (var file : files) {
                if (!file.clean()) {
                    for (int i = 0; i < file.times().length; i++) {
                        if (!Content.same(file.current().blocks[i], file.durable().block(i))) {
                            times.add(file.times()[i]);
                        }
                    }
                }
            }
            if (times.isEmpty()) {
                return 0;
            }
            var sorted = new ArrayList<>(times);
            return sorted.get(random.nextInt(sorted.size()));
        }

        SimulatedDisk disk() {
            var names = new TreeMap<String, Map<String, Long>>();
            var wanted = new HashSet<Long>();
            for (var directory : directories) {
                Map<String, Long> survived = names(directory);
                names.put(directory.path(), survived);
                wanted.addAll(survived.values());
            }
            var disk = new SimulatedDisk();
            var byId = new HashMap<Long, SimulatedFile>();
            for (var file : files) {
                if (wanted.contains(file.id())) {
                    var survived = new SimulatedFile(file.id(), content(file));
                    disk.addFile(survived);
                    byId.put(file.id(), survived);
                }
            }
            names.forEach(
                    (path, ids) -> {
                        var survived = new TreeMap<String, SimulatedFile>();
                        ids.forEach((name, id) -> survived.put(name, byId.get(id)));
                        disk.addDirectory(path, survived);
                    });
            return disk;
        }

        /// Each pending change happened or did not, with one exception: a name that was taken again
        /// had been given up before, so the renaming that gave it up happened too. No file system
        /// loses both names of a renamed file.
        private Map<String, Long> names(SimulatedDirectory.State directory) {
            var pending = directory.pending();
            boolean[] happened = new boolean[pending.size()];
            Set<String> taken = new HashSet<>();
            for (int i = happened.length - 1; i >= 0; i--) {
                var change = pending.get(i);
                boolean survives = survives(change.time());
                switch (change) {
                    case DirectoryChange.Created created -> {
                        if (survives) {
                            taken.add(created.name());
                        }
                    }
                    case DirectoryChange.Renamed renamed -> {
                        survives |= taken.contains(renamed.from());
                        if (survives) {
                            taken.add(renamed.to());
                        }
                    }
                    case DirectoryChange.Deleted _ -> {}
                }
                happened[i] = survives;
            }
            var names = new TreeMap<>(directory.durable());
            for (int i = 0; i < happened.length; i++) {
                if (happened[i]) {
                    apply(pending.get(i), names);
                }
            }
            return names;
        }

        private boolean survives(long time) {
            return switch (mode) {
                case SYNCED_ONLY, DATA_WITHOUT_NAMES -> false;
                case PROCESS_KILL, NAMES_WITHOUT_DATA -> true;
                case RANDOM_BLOCKS, TORN_SECTORS, GARBAGE_TAILS -> coin();
                case OLDEST_FIRST -> time < cut;
                case NEWEST_FIRST -> time >= cut;
            };
        }

        private boolean coin() {
            return random.nextInt(100) < keepPercent;
        }

        private Content content(SimulatedFile.State file) {
            Content current = file.current();
            Content durable = file.durable();
            if (file.clean()) {
                return current;
            }
            return switch (mode) {
                case SYNCED_ONLY -> durable;
                case PROCESS_KILL, DATA_WITHOUT_NAMES -> current;
                case NAMES_WITHOUT_DATA -> durable.withSize(current.size);
                case RANDOM_BLOCKS, TORN_SECTORS, GARBAGE_TAILS -> mixed(file, randomSize(file));
                case OLDEST_FIRST, NEWEST_FIRST -> mixed(file, sizeByTime(file));
            };
        }

        private long randomSize(SimulatedFile.State file) {
            long low = Math.min(file.current().size, file.durable().size);
            long high = Math.max(file.current().size, file.durable().size);
            if (low == high || coin()) {
                return file.current().size;
            }
            return switch (random.nextInt(3)) {
                case 0 -> file.durable().size;
                case 1 -> random.nextLong(low, high + 1);
                default -> {
                    long blocks = random.nextLong(low, high + 1) / Content.BLOCK_SIZE;
                    yield Math.max(low, blocks * Content.BLOCK_SIZE);
                }
            };
        }

        private long sizeByTime(SimulatedFile.State file) {
            long size = Math.min(file.current().size, file.durable().size);
            for (int i = 0; i < file.times().length; i++) {
                if (survives(file.times()[i])) {
                    size =
                            Math.max(
                                    size,
                                    Math.min(file.current().size, (i + 1L) * Content.BLOCK_SIZE));
                }
            }
            return size;
        }

        /// Block by block the old bytes or the new ones, cut or filled with zeros to `size`.
        private Content mixed(SimulatedFile.State file, long size) {
            Content current = file.current();
            Content durable = file.durable();
            long full = Math.max(current.size, durable.size);
            byte[][] blocks = new byte[Content.blockCount(full)][];
            for (int i = 0; i < blocks.length; i++) {
                byte[] old = durable.block(i);
                byte[] young = current.block(i);
                long time = i < file.times().length ? file.times()[i] : 0;
                blocks[i] = Content.same(old, young) ? old : block(old, young, time, i, file);
            }
            return new Content(full, blocks).withSize(size);
        }

        private byte[] block(
                byte[] old, byte[] young, long time, int index, SimulatedFile.State file) {
            boolean torn =
                    switch (mode) {
                        case TORN_SECTORS, GARBAGE_TAILS -> random.nextInt(3) == 0;
                        default -> false;
                    };
            if (!torn) {
                return survives(time) ? young : old;
            }
            byte[] mixed = old.clone();
            for (int sector = 0; sector < SECTORS; sector++) {
                int from = sector * Content.SECTOR_SIZE;
                if (coin()) {
                    System.arraycopy(young, from, mixed, from, Content.SECTOR_SIZE);
                } else if (mode == CrashMode.GARBAGE_TAILS
                        && (long) index * Content.BLOCK_SIZE + from >= file.durable().size) {
                    for (int i = from; i < from + Content.SECTOR_SIZE; i++) {
                        mixed[i] = (byte) random.nextInt();
                    }
                }
            }
            return mixed;
        }
    }
}
