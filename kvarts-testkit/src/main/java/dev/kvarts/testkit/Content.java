package dev.kvarts.testkit;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The bytes of a file at one moment, in blocks of 4 KiB that other contents may share.
///
/// Invariant: a block never changes once it is in a content; bytes beyond the size are zero.
final class Content {
    static final int BLOCK_SIZE = 4096;
    static final int SECTOR_SIZE = 512;
    static final byte[] ZEROS = new byte[BLOCK_SIZE];
    static final Content EMPTY = new Content(0, new byte[0][]);

    final long size;
    final byte[][] blocks;
    private byte[] whole; // made when first asked for; the same bytes for ever

    Content(long size, byte[][] blocks) {
        if (blocks.length != blockCount(size)) {
            throw new AssertionError("size=" + size + " blocks=" + blocks.length);
        }
        this.size = size;
        this.blocks = blocks;
    }

    static Content of(byte[] bytes) {
        byte[][] blocks = new byte[blockCount(bytes.length)][];
        for (int i = 0; i < blocks.length; i++) {
            int from = i * BLOCK_SIZE;
            blocks[i] = Arrays.copyOfRange(bytes, from, from + BLOCK_SIZE);
        }
        return new Content(bytes.length, blocks);
    }

    static int blockCount(long size) {
        return Math.toIntExact((size + BLOCK_SIZE - 1) / BLOCK_SIZE);
    }

    /// Whether two blocks are one: what was never written apart need not be compared.
    @SuppressWarnings("ReferenceEquality")
    static boolean same(byte[] block, byte[] other) {
        return block == other;
    }

    /// Block `index`, or zeros beyond the end.
    byte[] block(int index) {
        return index < blocks.length ? blocks[index] : ZEROS;
    }

    /// All bytes in one array, which nobody may change.
    synchronized byte[] whole() {
        if (whole == null) {
            byte[] bytes = new byte[Math.toIntExact(size)];
            for (int i = 0; i < blocks.length; i++) {
                int from = i * BLOCK_SIZE;
                System.arraycopy(
                        blocks[i], 0, bytes, from, Math.min(BLOCK_SIZE, bytes.length - from));
            }
            whole = bytes;
        }
        return whole;
    }

    MemorySegment segment() {
        return MemorySegment.ofArray(whole()).asReadOnly();
    }

    /// The same bytes with one replaced.
    Content withByte(long offset, byte value) {
        byte[][] changed = blocks.clone();
        int index = (int) (offset / BLOCK_SIZE);
        changed[index] = changed[index].clone();
        changed[index][(int) (offset % BLOCK_SIZE)] = value;
        return new Content(size, changed);
    }

    /// The first `newSize` bytes, or these bytes and zeros.
    Content withSize(long newSize) {
        if (newSize == size) {
            return this;
        }
        byte[][] changed = new byte[blockCount(newSize)][];
        for (int i = 0; i < changed.length; i++) {
            changed[i] = block(i);
        }
        int rest = (int) (newSize % BLOCK_SIZE);
        if (newSize < size && rest != 0) {
            byte[] last = changed[changed.length - 1].clone();
            Arrays.fill(last, rest, BLOCK_SIZE, (byte) 0);
            changed[changed.length - 1] = last;
        }
        return new Content(newSize, changed);
    }
}
