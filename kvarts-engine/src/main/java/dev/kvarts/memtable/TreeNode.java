package dev.kvarts.memtable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// How a node of a [BPlusTree] lies in a block of 32 words.
///
/// | word | leaf                              | inner node                           |
/// |-----:|-----------------------------------|--------------------------------------|
/// |    0 | order                             | order                                |
/// |    1 | next leaf, 0 if none              | block of the separators              |
/// |    2 | leaf before, 0 if none            |                                      |
/// |    3 | where heads begin in a key        | where heads begin in a key           |
/// |    4 | heads of 14 keys                  | heads of 14 separators               |
/// |   18 | references of their records       | the children's blocks                |
///
/// A separator is the lowest key of its child; the one of the first child counts as lower than
/// every key. The block of the separators has the references of their records, in slots as the
/// heads.
///
/// The order is a word of its own: how many slots are in use, which one comes first, second, and so
/// on, and a lock (Mao, Kohler, Morris 2012). A new key takes the next free slot; that it is there
/// is told by one store of the order. A slot in use stays with its key.
///
/// | bit |       | meaning                                             |
/// |----:|-------|-----------------------------------------------------|
/// |   0 | 4     | count                                               |
/// |   4 | 4 i   | slot of the i-th key                                |
/// |  61 | 1     | what came behind it got a leaf of its own           |
/// |  62 | 1     | locked by a writer                                  |
/// |  63 | 1     | closed: what follows is in two other leaves         |
final class TreeNode {
    static final int WORDS = 32;
    static final int SLOTS = 14;
    static final int NEXT = 1;
    static final int SEPARATORS = 1;
    static final int BEFORE = 2;
    static final int SKIP = 3;
    static final int HEADS = 4;
    static final int LINKS = HEADS + SLOTS; // records of a leaf, children of an inner node

    static final long APPENDED = 1L << 61;
    static final long LOCKED = 1L << 62;
    static final long CLOSED = 1L << 63;
    private static final long COUNT_MASK = 0xF;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private TreeNode() {}

    static long acquire(long[] words, int index) {
        return (long) WORD.getAcquire(words, index);
    }

    static void release(long[] words, int index, long value) {
        WORD.setRelease(words, index, value);
    }

    static boolean compareAndSet(long[] words, int index, long expected, long value) {
        return WORD.compareAndSet(words, index, expected, value);
    }

    static int count(long order) {
        return (int) (order & COUNT_MASK);
    }

    static int slot(long order, int position) {
        return (int) (order >>> 4 + 4 * position) & 0xF;
    }

    /// The order with the next free slot put at a position. Requires: not full, no lock.
    static long inserted(long order, int position) {
        long slot = count(order);
        long below = (1L << 4 + 4 * position) - 1;
        return (order & below) + 1 | slot << 4 + 4 * position | (order & ~below) << 4;
    }

    /// The order of so many slots, as they lie.
    static long sequence(int count) {
        long order = count;
        for (int i = 0; i < count; i++) {
            order |= (long) i << 4 + 4 * i;
        }
        return order;
    }

    /// Whether a key at this position of a full leaf comes right behind the last two that came.
    static boolean ascends(long order, int position) {
        return position >= 2
                && slot(order, position - 1) == SLOTS - 1
                && slot(order, position - 2) == SLOTS - 2;
    }
}
