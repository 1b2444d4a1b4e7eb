package dev.kvarts.vlog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;

/// Value files of values of one size, overwritten at random: what a picker makes of them.
///
/// A memory store takes as many distinct keys as a file has values; flushed, they are dead in the
/// files where they were. So it is where compaction has caught up.
final class ReclaimSimulation {
    static final int VALUE_BYTES = 1000;

    private final int fileValues;
    private final int utilisationPercent;
    private final long[] home; // of each key: number of its file, 0 if it is nowhere
    private final Map<Long, File> files = new HashMap<>();
    private long nextNumber = 1;
    private long clock; // values written since the beginning
    private long written; // values, by flushes and reclaims
    private long asked; // overwrites, many of which never left the memory store
    private double amplificationMax;
    private int filesMax;

    private static final class File {
        private final List<Integer> keys;
        private final long born;
        private int live;

        File(List<Integer> keys, long born) {
            this.keys = keys;
            this.born = born;
            this.live = keys.size();
        }
    }

    ReclaimSimulation(int keys, int fileValues, int utilisationPercent) {
        this.home = new long[keys];
        this.fileValues = fileValues;
        this.utilisationPercent = utilisationPercent;
        for (int from = 0; from < keys; from += fileValues) {
            List<Integer> part = new ArrayList<>();
            for (int key = from; key < Math.min(keys, from + fileValues); key++) {
                part.add(key);
            }
            add(part);
        }
    }

    /// What came of it.
    ///
    /// @param writesPerFlushed values written into files for each that was flushed
    /// @param writesPerAsked the same for each that was overwritten
    /// @param spaceAmplification most bytes that the files had, for each byte alive
    record Result(
            double writesPerFlushed,
            double writesPerAsked,
            double spaceAmplification,
            int filesMax) {}

    /// Overwrites keys until so many flushes are done; the second half of them counts.
    Result run(int flushes, IntSupplier keys) {
        for (int i = 0; i < flushes; i++) {
            if (i == flushes / 2) {
                written = 0;
                asked = 0;
                amplificationMax = 0;
            }
            var store = new HashSet<Integer>();
            for (; store.size() < fileValues; asked++) {
                store.add(keys.getAsInt());
            }
            add(new ArrayList<>(store));
            measure();
            reclaim();
        }
        long flushed = (long) (flushes - flushes / 2) * fileValues;
        return new Result(
                (double) written / flushed, (double) written / asked, amplificationMax, filesMax);
    }

    private void add(List<Integer> keys) {
        long number = nextNumber++;
        for (int key : keys) {
            File before = files.get(home[key]);
            if (before != null && --before.live == 0) {
                files.remove(home[key]);
            }
            home[key] = number;
        }
        files.put(number, new File(keys, clock));
        clock += keys.size();
        written += keys.size();
    }

    private void measure() {
        long stored = files.values().stream().mapToLong(file -> file.keys.size()).sum();
        amplificationMax = Math.max(amplificationMax, (double) stored / home.length);
        filesMax = Math.max(filesMax, files.size());
    }

    private void reclaim() {
        while (true) {
            List<ValueFileUse> uses = new ArrayList<>();
            files.forEach((number, file) -> uses.add(use(number, file)));
            List<ValueFileUse> picked =
                    ReclaimPicker.pick(uses, utilisationPercent, (long) fileValues * VALUE_BYTES);
            if (picked.isEmpty()) {
                return;
            }
            List<Integer> survivors = new ArrayList<>();
            for (ValueFileUse victim : picked) {
                for (int key : files.get(victim.number()).keys) {
                    if (home[key] == victim.number()) {
                        survivors.add(key);
                    }
                }
            }
            add(survivors);
        }
    }

    private ValueFileUse use(long number, File file) {
        return new ValueFileUse(
                number,
                (long) file.keys.size() * VALUE_BYTES,
                (long) file.keys.size() * VALUE_BYTES,
                (long) file.live * VALUE_BYTES,
                clock - file.born);
    }

    static IntSupplier uniform(int keys, SplittableRandom random) {
        return () -> random.nextInt(keys);
    }

    /// Zipf's law with exponent 0.99, hot keys anywhere (Gray et al. 1994).
    static IntSupplier zipf(int keys, SplittableRandom random) {
        double theta = 0.99;
        double zeta = 0;
        for (int i = 1; i <= keys; i++) {
            zeta += Math.pow(i, -theta);
        }
        double zetaOfAll = zeta;
        double two = 1 + Math.pow(0.5, theta);
        double eta = (1 - Math.pow(2.0 / keys, 1 - theta)) / (1 - two / zetaOfAll);
        return () -> {
            double u = random.nextDouble();
            double share = u * zetaOfAll;
            long rank =
                    share < 1
                            ? 0
                            : share < two
                                    ? 1
                                    : (long) (keys * Math.pow(eta * u - eta + 1, 1 / (1 - theta)));
            return (int) (Math.min(rank, keys - 1) * 0x9E3779B1L % keys);
        };
    }
}
