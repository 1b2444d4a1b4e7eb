package dev.kvarts.table;

/// How a table is written. What shapes the file is stored in it; readers need none of this.
///
/// @param blockBytes a block holds as many entries as fit in so many bytes, at least one
/// @param filterBits bits of the filter's fingerprints: 8 or 16, 0 for a table without a filter
/// @param hashSeed seed of the database's key hash
/// @param codec what compresses blocks, where they shrink by an eighth
public record TableOptions(int blockBytes, int filterBits, long hashSeed, BlockCodec codec) {
    /// Without compression.
    public TableOptions(int blockBytes, int filterBits, long hashSeed) {
        this(blockBytes, filterBits, hashSeed, BlockCodec.NONE);
    }

    public static final int BLOCK_BYTES_MIN = 256;

    /// The place of every entry of a block fits in 16 bits.
    public static final int BLOCK_BYTES_MAX = 32 << 10;

    public static final int BLOCK_BYTES_DEFAULT = 4096;

    public TableOptions {
        if (blockBytes < BLOCK_BYTES_MIN || blockBytes > BLOCK_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "block size out of range: bytes="
                            + blockBytes
                            + " min="
                            + BLOCK_BYTES_MIN
                            + " max="
                            + BLOCK_BYTES_MAX);
        }
        if (filterBits != 0 && filterBits != 8 && filterBits != 16) {
            throw new IllegalArgumentException("filter bits are not 0, 8 or 16: " + filterBits);
        }
    }
}
