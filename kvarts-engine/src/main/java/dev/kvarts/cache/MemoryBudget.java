package dev.kvarts.cache;

import dev.kvarts.api.MemoryReport;

import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// The one memory number and its accounts.
///
/// Thread safety: any number of threads.
public final class MemoryBudget {
    /// What memory is used for.
    public enum Account {
        MEMORY_STORES("memory stores"),
        MAPLETS("maplets"),
        DEAD_BITS("dead bits"),
        PAGE_DIRECTORIES("page directories"),
        FILTERS("filters"),
        BLOCK_INDEXES("block indexes"),
        BLOCK_CACHE("block cache"),
        BUFFERS("buffers");

        private final String label;

        Account(String label) {
            this.label = label;
        }
    }

    private final long limitBytes;
    private final Supplier<Arena> arenas;
    private final LongAdder[] used = new LongAdder[Account.values().length];

    public MemoryBudget(long limitBytes) {
        this(limitBytes, Arena::ofShared);
    }

    /// @param arenas where what is charged comes from
    public MemoryBudget(long limitBytes, Supplier<Arena> arenas) {
        this.limitBytes = limitBytes;
        this.arenas = arenas;
        for (int i = 0; i < used.length; i++) {
            used[i] = new LongAdder();
        }
    }

    public long limitBytes() {
        return limitBytes;
    }

    /// An arena for memory that is charged; whose user closes it.
    public Arena newArena() {
        return arenas.get();
    }

    /// Adds to an account; negative gives back.
    public void charge(Account account, long bytes) {
        used[account.ordinal()].add(bytes);
    }

    public long used(Account account) {
        return used[account.ordinal()].sum();
    }

    /// Everything but the memory stores and the cache.
    public long usedByIndexes() {
        long sum = 0;
        for (Account account : Account.values()) {
            boolean index = account != Account.MEMORY_STORES && account != Account.BLOCK_CACHE;
            sum += index ? used(account) : 0;
        }
        return sum;
    }

    public MemoryReport report() {
        Map<String, Long> items = new HashMap<>();
        long sum = 0;
        for (Account account : Account.values()) {
            items.put(account.label, used(account));
            sum += used(account);
        }
        return new MemoryReport(limitBytes, sum, items);
    }
}
