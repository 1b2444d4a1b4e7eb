package dev.kvarts.vlog;

import dev.kvarts.cache.MemoryBudget;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Buffers for stretches, used again and again.
///
/// Thread safety: one thread.
final class StretchBuffers implements AutoCloseable {
    private static final long SIZE_MIN = 16 << 10;
    private static final int ALIGNMENT = 4096;
    private static final int IDLE_MAX = 32;

    private final MemoryBudget budget;
    private final List<MemorySegment> idle = new ArrayList<>();
    private long charged;

    StretchBuffers(MemoryBudget budget) {
        this.budget = budget;
    }

    /// A buffer of at least so many bytes, which hold anything.
    MemorySegment take(long size) {
        for (int i = idle.size() - 1; i >= 0; i--) {
            if (idle.get(i).byteSize() >= size) {
                return idle.remove(i);
            }
        }
        long rounded = Math.max(SIZE_MIN, Long.highestOneBit(size - 1) << 1);
        charge(rounded);
        return Arena.ofAuto().allocate(rounded, ALIGNMENT);
    }

    void giveBack(MemorySegment buffer) {
        if (idle.size() < IDLE_MAX) {
            idle.add(buffer);
        } else {
            charge(-buffer.byteSize());
        }
    }

    private void charge(long bytes) {
        charged += bytes;
        budget.charge(MemoryBudget.Account.BUFFERS, bytes);
    }

    @Override
    public void close() {
        idle.clear();
        charge(-charged);
    }
}
