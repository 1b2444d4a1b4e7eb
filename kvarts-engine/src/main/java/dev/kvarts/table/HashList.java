package dev.kvarts.table;

import java.util.ArrayList;
import java.util.List;

/// Hashes of keys, collected in pieces, so that growing copies nothing.
///
/// Thread safety: one thread.
final class HashList {
    private static final int PIECE = 1 << 14;

    private final List<long[]> pieces = new ArrayList<>();
    private long[] piece = new long[0];
    private int used;

    void add(long hash) {
        if (used == piece.length) {
            piece = new long[PIECE];
            pieces.add(piece);
            used = 0;
        }
        piece[used++] = hash;
    }

    int size() {
        return pieces.isEmpty() ? 0 : (pieces.size() - 1) * PIECE + used;
    }

    long[] toArray() {
        long[] all = new long[size()];
        int at = 0;
        for (long[] each : pieces) {
            int part = Math.min(PIECE, all.length - at);
            System.arraycopy(each, 0, all, at, part);
            at += part;
        }
        return all;
    }
}
