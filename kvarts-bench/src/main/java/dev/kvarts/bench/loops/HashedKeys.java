package dev.kvarts.bench.loops;

import java.util.SplittableRandom;

/// Hashes of so many keys, partition by partition, and hashes to ask for. The same number of keys
/// gives the same hashes. The low byte of a hash is the run that holds the key.
///
/// Hashes come in ascending order without being sorted: the sums of exponential gaps, scaled, are
/// uniform numbers in order (Devroye, Non-Uniform Random Variate Generation, V.3.1). So a hundred
/// million take two seconds.
final class HashedKeys {
    private static final int PARTITION_BITS_SMALL = 3;
    private static final int PARTITION_BITS_LARGE = 8; // as keyspaces with large memory stores
    private static final int SMALL_MAX = 1_000_000;
    private static final int PROBES_MAX = 1 << 22;
    private static final long SEED = 42;

    final int partitionBits;

    /// Hashes of keys that are there, and of keys that are not: as many, a power of two.
    final long[] present;

    final long[] absent;
    private final int keys;

    HashedKeys(int keys) {
        this.keys = keys;
        this.partitionBits = keys <= SMALL_MAX ? PARTITION_BITS_SMALL : PARTITION_BITS_LARGE;
        this.present = new long[Integer.highestOneBit(Math.min(keys, PROBES_MAX))];
        this.absent = new long[present.length];
    }

    interface Target {
        /// Takes the hashes of a partition, ascending.
        void fill(int partition, long[] hashes);
    }

    /// Gives every partition to the target and draws the hashes to ask for.
    void into(Target target) {
        int partitions = 1 << partitionBits;
        int share = present.length / partitions;
        for (int partition = 0; partition < partitions; partition++) {
            var random = new SplittableRandom(SEED + partition);
            long from = (long) keys * partition / partitions;
            long to = (long) keys * (partition + 1) / partitions;
            long[] hashes = ascending(partition, (int) (to - from), random);
            target.fill(partition, hashes);
            for (int i = 0; i < share; i++) {
                present[partition * share + i] = hashes[(int) ((long) i * hashes.length / share)];
            }
        }
        var random = new SplittableRandom(SEED - 1);
        for (int i = present.length - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            long swapped = present[i];
            present[i] = present[other];
            present[other] = swapped;
        }
        for (int i = 0; i < absent.length; i++) {
            absent[i] = random.nextLong(); // one of 2^64: not among the keys
        }
    }

    private long[] ascending(int partition, int count, SplittableRandom random) {
        double[] sums = new double[count + 1];
        double sum = 0;
        for (int i = 0; i <= count; i++) {
            sum -= Math.log(1 - random.nextDouble());
            sums[i] = sum;
        }
        double scale = 0x1p64 / (1 << partitionBits) / sum;
        long base = (long) partition << 64 - partitionBits;
        long[] hashes = new long[count];
        for (int i = 0; i < count; i++) {
            hashes[i] = base + (long) (sums[i] * scale) & -256L | random.nextInt(256);
        }
        return hashes;
    }
}
