package dev.kvarts.memtable;

import dev.kvarts.api.Limits;

/// Room for one key of any size, for those too long for the shards' own buffers.
///
/// Thread safety: any number of threads may prepare it; its bytes belong to who holds its monitor.
final class KeyBuffer {
    private final StoreMemory memory;
    private volatile byte[] bytes = new byte[0];

    KeyBuffer(StoreMemory memory) {
        this.memory = memory;
    }

    /// Takes the memory if it is not there.
    ///
    /// @throws OutOfMemoryError if there is none
    void prepare() {
        if (bytes.length == 0) {
            allocate();
        }
    }

    private synchronized void allocate() {
        if (bytes.length == 0) {
            bytes = new byte[Limits.KEY_SIZE_MAX];
            memory.charge(Limits.KEY_SIZE_MAX);
        }
    }

    /// Requires: prepared.
    byte[] bytes() {
        return bytes;
    }
}
