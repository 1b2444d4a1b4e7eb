package dev.kvarts.entry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/// Which ranges of keys were deleted, and when: immutable, cut at every bound into fragments that
/// do not overlap, so that a look-up is one binary search.
///
/// ```
/// deleted [b, m) at 7, [f, z) at 9:      b------f------m------z
///                                          7     9, 7     9
/// ```
///
/// Thread safety: immutable.
public final class RangeTombstones {
    public static final RangeTombstones NONE = new RangeTombstones(List.of());

    private final Fragment[] fragments; // ascending, not overlapping
    private final long newest;

    /// Keys from `from` on (empty: from the first key) and lower than `to` (null: no end) were
    /// deleted at each of these sequence numbers, the newest first.
    public record Fragment(byte[] from, byte[] to, long[] sequences) {
        public Fragment {
            if (sequences.length == 0 || to != null && Arrays.compareUnsigned(from, to) >= 0) {
                throw new IllegalArgumentException("range tombstone: empty range or no sequence");
            }
        }
    }

    private RangeTombstones(List<Fragment> fragments) {
        this.fragments = fragments.toArray(Fragment[]::new);
        long most = 0;
        for (Fragment fragment : fragments) {
            most = Math.max(most, fragment.sequences[0]);
        }
        this.newest = most;
    }

    /// One range. Requires: it is not empty.
    public static RangeTombstones of(byte[] from, byte[] to, long sequence) {
        return new RangeTombstones(List.of(new Fragment(from, to, new long[] {sequence})));
    }

    /// All of them together.
    public static RangeTombstones union(Collection<RangeTombstones> some) {
        List<Fragment> all = new ArrayList<>();
        some.forEach(each -> all.addAll(Arrays.asList(each.fragments)));
        return ofFragments(all);
    }

    /// Of fragments in any order, which may overlap.
    public static RangeTombstones ofFragments(Collection<Fragment> all) {
        if (all.isEmpty()) {
            return NONE;
        }
        var bounds = new TreeSet<byte[]>(Arrays::compareUnsigned);
        boolean endless = false;
        for (Fragment fragment : all) {
            bounds.add(fragment.from);
            if (fragment.to != null) {
                bounds.add(fragment.to);
            }
            endless |= fragment.to == null;
        }
        List<byte[]> cuts = new ArrayList<>(bounds);
        if (endless) {
            cuts.add(null);
        }
        List<TreeSet<Long>> sequences = new ArrayList<>();
        for (int i = 0; i + 1 < cuts.size(); i++) {
            sequences.add(new TreeSet<>());
        }
        for (Fragment fragment : all) {
            int first = indexOf(cuts, fragment.from);
            int last = fragment.to == null ? cuts.size() - 1 : indexOf(cuts, fragment.to);
            for (int i = first; i < last; i++) {
                for (long sequence : fragment.sequences) {
                    sequences.get(i).add(sequence);
                }
            }
        }
        List<Fragment> cut = new ArrayList<>();
        for (int i = 0; i + 1 < cuts.size(); i++) {
            if (!sequences.get(i).isEmpty()) {
                long[] descending =
                        sequences.get(i).descendingSet().stream().mapToLong(s -> s).toArray();
                cut.add(new Fragment(cuts.get(i), cuts.get(i + 1), descending));
            }
        }
        return new RangeTombstones(cut);
    }

    private static int indexOf(List<byte[]> cuts, byte[] bound) {
        int low = 0;
        int high = cuts.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            byte[] cut = cuts.get(middle);
            if (cut == null || Arrays.compareUnsigned(cut, bound) >= 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /// These and one more. Costs a copy of what is there and a search, so that many can be added
    /// one after the other. Requires: the range is not empty.
    public RangeTombstones with(byte[] from, byte[] to, long sequence) {
        int first = firstBehind(from);
        List<Fragment> cut = new ArrayList<>(fragments.length + 3);
        cut.addAll(Arrays.asList(fragments).subList(0, first));
        byte[] at = from; // up to here the new range is cut
        int next = first;
        for (; next < fragments.length && isBelow(fragments[next].from, to); next++) {
            Fragment fragment = fragments[next];
            if (Arrays.compareUnsigned(fragment.from, at) < 0) {
                cut.add(new Fragment(fragment.from, at, fragment.sequences));
            } else if (Arrays.compareUnsigned(at, fragment.from) < 0) {
                cut.add(new Fragment(at, fragment.from, new long[] {sequence}));
                at = fragment.from;
            }
            byte[] end = lowerEnd(fragment.to, to);
            cut.add(new Fragment(at, end, inserted(fragment.sequences, sequence)));
            if (isBelow(end, fragment.to)) {
                cut.add(new Fragment(end, fragment.to, fragment.sequences));
            }
            at = end;
        }
        if (isBelow(at, to)) {
            cut.add(new Fragment(at, to, new long[] {sequence}));
        }
        cut.addAll(Arrays.asList(fragments).subList(next, fragments.length));
        return new RangeTombstones(cut);
    }

    /// Index of the first fragment that ends behind a key.
    private int firstBehind(byte[] key) {
        int low = 0;
        int high = fragments.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (isBelow(key, fragments[middle].to)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /// Whether a key, null for the end of all, lies before an end, null for none.
    private static boolean isBelow(byte[] key, byte[] end) {
        return key != null && (end == null || Arrays.compareUnsigned(key, end) < 0);
    }

    private static long[] inserted(long[] sequences, long sequence) {
        int place = 0;
        while (place < sequences.length && sequences[place] > sequence) {
            place++;
        }
        if (place < sequences.length && sequences[place] == sequence) {
            return sequences;
        }
        long[] more = new long[sequences.length + 1];
        System.arraycopy(sequences, 0, more, 0, place);
        more[place] = sequence;
        System.arraycopy(sequences, place, more, place + 1, sequences.length - place);
        return more;
    }

    /// What those need to know who see everything up to `seen`, and those who look from one of the
    /// other points: of each fragment the tombstones above `seen`, and the newest for each of them.
    /// Fragments that are then equal and touch become one.
    ///
    /// @param others below `seen`, in no order
    public RangeTombstones asSeenFrom(long seen, long... others) {
        List<Fragment> kept = new ArrayList<>();
        for (Fragment fragment : fragments) {
            long[] sequences = neededFrom(fragment.sequences, seen, others);
            Fragment last = kept.isEmpty() ? null : kept.getLast();
            if (last != null
                    && Arrays.equals(last.to, fragment.from)
                    && Arrays.equals(last.sequences, sequences)) {
                kept.set(kept.size() - 1, new Fragment(last.from, fragment.to, sequences));
            } else {
                kept.add(new Fragment(fragment.from, fragment.to, sequences));
            }
        }
        return kept.isEmpty() ? NONE : new RangeTombstones(kept);
    }

    private static long[] neededFrom(long[] descending, long seen, long[] others) {
        long[] needed = new long[descending.length];
        int count = 0;
        for (int i = 0; i < descending.length; i++) {
            if (i == 0
                    || descending[i - 1] > seen
                    || isNewestOf(descending[i], descending[i - 1], others)) {
                needed[count++] = descending[i];
            }
        }
        return count == descending.length ? descending : Arrays.copyOf(needed, count);
    }

    private static boolean isNewestOf(long sequence, long newer, long[] points) {
        for (long point : points) {
            if (sequence <= point && point < newer) {
                return true;
            }
        }
        return false;
    }

    /// The parts of these ranges that lie in `[from, to)`; empty `from`: no beginning, null `to`:
    /// no end.
    public RangeTombstones within(byte[] from, byte[] to) {
        List<Fragment> parts = new ArrayList<>();
        for (Fragment fragment : fragments) {
            byte[] low = Arrays.compareUnsigned(fragment.from, from) >= 0 ? fragment.from : from;
            byte[] high = lowerEnd(fragment.to, to);
            if (high == null || Arrays.compareUnsigned(low, high) < 0) {
                parts.add(new Fragment(low, high, fragment.sequences));
            }
        }
        return parts.isEmpty() ? NONE : new RangeTombstones(parts);
    }

    private static byte[] lowerEnd(byte[] one, byte[] other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return Arrays.compareUnsigned(one, other) <= 0 ? one : other;
    }

    /// Keeps, of each fragment, only the newest tombstone.
    public RangeTombstones newestOnly() {
        List<Fragment> kept = new ArrayList<>();
        for (Fragment fragment : fragments) {
            kept.add(new Fragment(fragment.from, fragment.to, new long[] {fragment.sequences[0]}));
        }
        return kept.isEmpty() ? NONE : new RangeTombstones(kept);
    }

    public boolean isEmpty() {
        return fragments.length == 0;
    }

    /// The fragments, ascending.
    public List<Fragment> fragments() {
        return List.of(fragments);
    }

    /// Highest sequence number of all, or 0.
    public long newest() {
        return newest;
    }

    /// Highest sequence number, not above `visible`, of a range that covers the key; 0 if there is
    /// none. A version of the key with a lower sequence number is deleted.
    public long covering(byte[] key, int keySize, long visible) {
        Fragment fragment = fragments.length == 0 ? null : fragmentOf(key, keySize);
        if (fragment != null) {
            for (long sequence : fragment.sequences) {
                if (sequence <= visible) {
                    return sequence;
                }
            }
        }
        return 0;
    }

    /// The fragment that covers the key, or null.
    public Fragment fragmentOf(byte[] key, int keySize) {
        int low = 0;
        int high = fragments.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            byte[] from = fragments[middle].from;
            if (Arrays.compareUnsigned(from, 0, from.length, key, 0, keySize) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        if (high < 0) {
            return null;
        }
        Fragment found = fragments[high];
        boolean covers =
                found.to == null
                        || Arrays.compareUnsigned(key, 0, keySize, found.to, 0, found.to.length)
                                < 0;
        return covers ? found : null;
    }
}
