package dev.kvarts.bench;

/// The SplitMix64 generator: one addition and two multiplications a number.
///
/// Thread safety: one thread.
final class SplitMix {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    SplitMix(long seed) {
        this.state = seed;
    }

    static long mix(long x) {
        x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }

    long next() {
        return mix(state += GOLDEN);
    }

    /// Uniform in 0..bound-1.
    long below(long bound) {
        return Math.unsignedMultiplyHigh(next(), bound);
    }

    /// Uniform in [0, 1).
    double unit() {
        return (next() >>> 11) * 0x1p-53;
    }
}
