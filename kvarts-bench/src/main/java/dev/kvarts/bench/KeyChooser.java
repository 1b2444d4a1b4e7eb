package dev.kvarts.bench;

import java.util.concurrent.atomic.AtomicLong;

/// Chooses the numbers of the entries that one thread works on.
///
/// Thread safety: one thread; `inserted` is shared by all threads of a workload.
final class KeyChooser {
    private static final long SALT_PER_THREAD = 0x632BE59BD9B4E019L;
    private static final long FIRST = 1;
    private static final long SECOND = 2;

    private final Workload.Choice choice;
    private final long count;
    private final Permutation order;
    private final Permutation first;
    private final Permutation second;
    private final Zipf zipf;
    private final AtomicLong inserted;
    private final SplitMix random;
    private final int stride;
    private long position;

    /// @param count entries that exist, or are to exist
    /// @param order scatters ranks and positions over the key space
    /// @param zipf over `count` ranks
    /// @param inserted number of entries so far, for workloads that insert more
    /// @param thread of `threads`: it takes every so manieth position of an ordered choice
    KeyChooser(
            Workload.Choice choice,
            long count,
            Permutation order,
            Zipf zipf,
            AtomicLong inserted,
            long seed,
            int thread,
            int threads) {
        this.choice = choice;
        this.count = count;
        this.order = order;
        this.zipf = zipf;
        this.inserted = inserted;
        this.random = new SplitMix(seed + thread * SALT_PER_THREAD);
        this.first = new Permutation(count, seed + FIRST);
        this.second = new Permutation(count, seed + SECOND);
        this.position = thread;
        this.stride = threads;
    }

    SplitMix random() {
        return random;
    }

    long next() {
        return switch (choice) {
            case ASCENDING -> step();
            case SHUFFLED -> order.at(step());
            case TWICE -> twice(step());
            case UNIFORM, MISSING, SKEWED -> random.below(count);
            case ZIPF -> order.at(zipf.next(random));
            case LATEST -> latest();
            case HOT -> random.below(Math.max(1, count / 100));
        };
    }

    private long step() {
        long at = position;
        position += stride;
        return at;
    }

    private long twice(long at) {
        return at < count ? first.at(at) : second.at((at - count) % count);
    }

    private long latest() {
        long newest = inserted.getAcquire() - 1;
        long number = newest - zipf.next(random);
        return number >= 0 ? number : random.below(newest + 1);
    }

    /// The number of a new entry, the next after all others.
    long insert() {
        return inserted.getAndIncrement();
    }
}
