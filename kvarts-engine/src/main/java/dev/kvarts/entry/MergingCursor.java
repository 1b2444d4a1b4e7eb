package dev.kvarts.entry;

import dev.kvarts.bytes.Bytes;

import java.util.Arrays;
import java.util.List;

/// Walks over the entries of several sources as if they were one: of each key the newest version.
///
/// A tree of losers (Knuth, The Art of Computer Programming, volume 3, 5.4.1): every inner node
/// keeps who lost the match that was played there, so that after a step of the winner only the
/// matches on its way to the root are played again, about log2 of the number of sources.
///
/// ```
///                  winner: 2
///                 node 1: 1
///            node 2: 0        node 3: 3*          * tied: it has the winner's key
///          0      1          2      3             sources, the newest first
/// ```
///
/// Other versions of the winner's key cost no comparison of their own and no copy of the key: a
/// loser that had the same key as who beat it is marked where it stands. When the winner moves on,
/// its marked losers are known to be shadowed; whoever of them comes to the top is moved on at
/// once.
///
/// A match compares ranks, which are kept here side by side, and keys only where ranks are equal. A
/// rank is a key's head; where keys begin with the same bytes, so that heads say nothing, the eight
/// bytes behind a prefix that all present keys share: it is looked for when many matches had to
/// compare keys, and given up for a shorter one when a key does not have it. Walking backwards
/// ranks are inverted, so that the match is the same. To turn around, every source seeks the key
/// once.
///
/// A move that fails, because a source cannot be read, loses the position: the next move must be
/// one that does not start from it.
///
/// Thread safety: one thread at a time. It owns its sources and closes them.
public final class MergingCursor extends EntryCursor {
    private static final int TIED = 1 << 31;
    private static final long NO_ENTRY = Long.MAX_VALUE;
    private static final int TIES_MAX = 32; // before a longer prefix is looked for
    private static final int PREFIX_MAX = 64;
    private static final int PREFIX_SLACK = 4; // bytes that are less likely to be shared for long

    /// Where the cursor stands.
    private enum Position {
        BEFORE_FIRST,
        ON_ENTRY,
        BEHIND_LAST,
        LOST
    }

    // Fixed at construction.
    private final EntryCursor[] sources; // the newest first

    // Per source.
    private final long[] ranks; // the lowest wins; NO_ENTRY also if it has none
    private final boolean[] live; // whether it stands on an entry
    private final boolean[] shadowed; // its entry is an older version of a key already passed

    // Per inner node, from 1 on; the children of i are 2i and 2i + 1, leaves follow inner nodes.
    private final int[] losers; // sources, with the highest bit if tied
    private final int[] winners; // while the tree is built

    // The bytes that all keys have in common.
    private byte[] prefix; // null until there is one
    private int prefixSize;
    private int ties; // matches that had to compare keys, which then differed

    @SuppressWarnings("UnusedVariable")
    private long touched; // keeps loads that are made early for their effect on the cache

    private boolean backward;
    private int winner;
    private Position position = Position.BEFORE_FIRST;

    /// Of sources that stand anywhere.
    ///
    /// @param newestFirst of two versions with the same sequence number the one of the earlier
    ///   source is taken
    public MergingCursor(List<? extends EntryCursor> newestFirst) {
        int count = newestFirst.size();
        this.sources = newestFirst.toArray(EntryCursor[]::new);
        this.ranks = new long[count];
        this.live = new boolean[count];
        this.shadowed = new boolean[count];
        this.losers = new int[count];
        this.winners = new int[2 * count];
    }

    @Override
    public boolean first() {
        leave(false);
        for (int i = 0; i < sources.length; i++) {
            settle(i, sources[i].first());
        }
        return build();
    }

    @Override
    public boolean last() {
        leave(true);
        for (int i = 0; i < sources.length; i++) {
            settle(i, sources[i].last());
        }
        return build();
    }

    @Override
    public boolean seek(byte[] key, int keySize) {
        leave(false);
        approachAll(key, keySize);
        for (int i = 0; i < sources.length; i++) {
            settle(i, sources[i].seek(key, keySize));
        }
        return build();
    }

    @Override
    public boolean seekBefore(byte[] key, int keySize) {
        leave(true);
        approachAll(key, keySize);
        for (int i = 0; i < sources.length; i++) {
            settle(i, sources[i].seekBefore(key, keySize));
        }
        return build();
    }

    private void approachAll(byte[] key, int keySize) {
        for (EntryCursor source : sources) {
            touched += source.approach(key, keySize);
        }
    }

    @Override
    public boolean next() {
        return switch (position) {
            case ON_ENTRY -> backward ? turn() : step();
            case BEFORE_FIRST -> first();
            case BEHIND_LAST -> false;
            case LOST -> throw lost();
        };
    }

    @Override
    public boolean previous() {
        return switch (position) {
            case ON_ENTRY -> backward ? step() : turn();
            case BEFORE_FIRST -> false;
            case BEHIND_LAST -> last();
            case LOST -> throw lost();
        };
    }

    private static IllegalStateException lost() {
        return new IllegalStateException("cursor: position lost by a move that failed");
    }

    /// Leaves the position for one that all sources seek.
    private void leave(boolean towardsTheFirst) {
        position = Position.LOST;
        backward = towardsTheFirst;
        Arrays.fill(live, false);
    }

    /// Moves on in the present direction.
    private boolean step() {
        if (ties >= TIES_MAX) {
            lengthenPrefix();
        }
        position = Position.LOST;
        int top = winner;
        do {
            EntryCursor source = sources[top];
            settle(top, backward ? source.previous() : source.next());
            top = replay(top);
        } while (shadowed[top]);
        return arrive(top);
    }

    /// Moves on in the other direction: the present winner from where it stands, all others from
    /// its key, which it holds until then.
    private boolean turn() {
        EntryCursor current = sources[winner];
        byte[] key = current.key();
        int keySize = current.keySize();
        leave(!backward);
        for (int i = 0; i < sources.length; i++) {
            if (i != winner) {
                EntryCursor source = sources[i];
                settle(
                        i,
                        backward
                                ? source.seekBefore(key, keySize)
                                : seekAfter(source, key, keySize));
            }
        }
        settle(winner, backward ? current.previous() : current.next());
        return build();
    }

    private static boolean seekAfter(EntryCursor source, byte[] key, int keySize) {
        return source.seek(key, keySize)
                && (!Arrays.equals(source.key(), 0, source.keySize(), key, 0, keySize)
                        || source.next());
    }

    /// Takes note of where a source stands after a move.
    private void settle(int source, boolean onEntry) {
        live[source] = onEntry;
        shadowed[source] = false;
        if (!onEntry) {
            ranks[source] = NO_ENTRY;
        } else if (prefixSize == 0) {
            ranks[source] = rank(sources[source].head());
        } else {
            settleBehindPrefix(source);
        }
    }

    private long rank(long head) {
        long ascending = head ^ Long.MIN_VALUE;
        return backward ? ~ascending : ascending;
    }

    private void settleBehindPrefix(int source) {
        EntryCursor cursor = sources[source];
        byte[] key = cursor.key();
        int keySize = cursor.keySize();
        int size = prefixSize;
        if (keySize >= size && Arrays.equals(key, 0, size, prefix, 0, size)) {
            ranks[source] = rank(Bytes.head(key, size, keySize));
        } else {
            int common = Arrays.mismatch(key, 0, keySize, prefix, 0, size);
            takePrefix(key, common);
        }
    }

    /// Looks for what all present keys share. Requires: all sources are settled.
    private void lengthenPrefix() {
        ties = 0;
        EntryCursor current = sources[winner];
        byte[] key = current.key();
        int common = Math.min(current.keySize(), PREFIX_MAX);
        for (int i = 0; i < sources.length; i++) {
            if (live[i] && i != winner) {
                byte[] other = sources[i].key();
                int differ = Arrays.mismatch(key, 0, common, other, 0, sources[i].keySize());
                common = differ < 0 ? common : Math.min(common, differ);
            }
        }
        if (common - PREFIX_SLACK > prefixSize) {
            takePrefix(key, common - PREFIX_SLACK);
        }
    }

    /// Ranks all sources by what follows a prefix that they have in common. Their order is as it
    /// was.
    private void takePrefix(byte[] key, int size) {
        prefix = Arrays.copyOf(key, size);
        prefixSize = size;
        for (int i = 0; i < sources.length; i++) {
            if (live[i]) {
                EntryCursor source = sources[i];
                ranks[i] = rank(Bytes.head(source.key(), size, source.keySize()));
            }
        }
    }

    /// Plays all matches.
    private boolean build() {
        int count = sources.length;
        if (count == 0) {
            position = backward ? Position.BEFORE_FIRST : Position.BEHIND_LAST;
            return false;
        }
        for (int i = 0; i < count; i++) {
            winners[count + i] = i;
        }
        for (int node = count - 1; node > 0; node--) {
            int left = winners[2 * node];
            int right = winners[2 * node + 1];
            int order = order(left, right);
            winners[node] = order < 0 ? left : right;
            losers[node] = mark(order < 0 ? right : left, order);
        }
        return arrive(winners[1]);
    }

    /// Plays the matches on the way of a source that has moved, which was the winner. Returns the
    /// new winner.
    private int replay(int moved) {
        int top = moved;
        for (int node = (sources.length + moved) >>> 1; node > 0; node >>>= 1) {
            int marked = losers[node];
            int loser = marked & ~TIED;
            if (marked < 0) {
                shadowed[loser] = true;
            }
            long rank = ranks[top];
            long other = ranks[loser];
            if (rank < other) {
                losers[node] = loser;
            } else if (rank > other) {
                losers[node] = top;
                top = loser;
            } else {
                int order = orderOfEqualRanks(top, loser);
                losers[node] = mark(order < 0 ? loser : top, order);
                top = order < 0 ? top : loser;
            }
        }
        return top;
    }

    private static int mark(int loser, int order) {
        return (order & 1) == 0 ? loser | TIED : loser;
    }

    /// Negative if the first of two sources wins. Even if both have the same key.
    private int order(int a, int b) {
        if (ranks[a] != ranks[b]) {
            return ranks[a] < ranks[b] ? -1 : 1;
        }
        return orderOfEqualRanks(a, b);
    }

    private int orderOfEqualRanks(int a, int b) {
        if (!live[a] || !live[b]) {
            return live[a] ? -1 : 1;
        }
        EntryCursor one = sources[a];
        EntryCursor other = sources[b];
        int order =
                Arrays.compareUnsigned(
                        one.key(),
                        prefixSize,
                        one.keySize(),
                        other.key(),
                        prefixSize,
                        other.keySize());
        if (order != 0) {
            ties++;
            return order < 0 != backward ? -1 : 1;
        }
        long newer = one.sequence() - other.sequence();
        return newer > 0 || newer == 0 && a < b ? -2 : 2;
    }

    private boolean arrive(int top) {
        winner = top;
        if (live[top]) {
            position = Position.ON_ENTRY;
            return standAs(sources[top]);
        }
        position = backward ? Position.BEFORE_FIRST : Position.BEHIND_LAST;
        return false;
    }

    @Override
    public boolean valid() {
        return position == Position.ON_ENTRY;
    }

    /// Closes all sources, also if closing one of them fails.
    @Override
    public void close() {
        RuntimeException first = null;
        for (EntryCursor source : sources) {
            try {
                source.close();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
