package dev.kvarts.api;

import java.lang.foreign.MemorySegment;

/// A way to compress the blocks of ordered keyspaces. `none` and `lz4` are built in; others are
/// given in [Options#codecs()] by whoever has a library for them.
///
/// Thread safety: any number of threads.
public interface Codec {
    /// Smallest id of a codec that is not built in.
    int ID_MIN = 2;

    int ID_MAX = 255;

    /// Stored in every block, never changed: [#ID_MIN]..[#ID_MAX].
    int id();

    /// What [KeyspaceOptions] call it: `zstd`.
    String name();

    /// Most bytes that compressing so many may take.
    int compressedSizeMax(int size);

    /// Compresses all of `source` into `target`, both native, and returns how many bytes it took;
    /// `target` has [#compressedSizeMax] bytes.
    int compress(MemorySegment source, MemorySegment target);

    /// Restores exactly `target.byteSize()` bytes from all of `source`, both native. Never reads or
    /// writes outside of them, whatever `source` holds.
    ///
    /// @throws IllegalArgumentException if `source` is not that many bytes compressed
    void decompress(MemorySegment source, MemorySegment target);
}
