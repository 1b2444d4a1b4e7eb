package dev.kvarts.bench.loops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The records of a run on the heap, as a reader would keep them who decodes pages: each page is an
/// array of keys in order. Which page is one multiplication, since here every page has exactly its
/// share of the hashes.
final class DecodedPages {
    private static final int PAGE_BYTES = 4096;

    private final byte[][][] pages;

    DecodedPages(Records records, int valueSize) {
        int recordsPerPage = PAGE_BYTES / (Records.KEY_SIZE + valueSize + 4);
        int count = Math.ceilDiv(records.keys.length, recordsPerPage);
        List<List<byte[]>> gathered = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            gathered.add(new ArrayList<>());
        }
        for (int i = 0; i < records.keys.length; i++) {
            gathered.get(pageOf(records.hashes[i], count)).add(records.keys[i].clone());
        }
        pages =
                gathered.stream()
                        .map(keys -> keys.stream().sorted(Arrays::compareUnsigned))
                        .map(keys -> keys.toArray(byte[][]::new))
                        .toArray(byte[][][]::new);
    }

    private static int pageOf(long hash, int count) {
        return (int) Math.unsignedMultiplyHigh(hash, count);
    }

    /// Place of the key in its page, or -1.
    int find(Records.Question question) {
        byte[][] page = pages[pageOf(question.hash(), pages.length)];
        int low = 0;
        int high = page.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            int order = Arrays.compareUnsigned(page[middle], question.key());
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }
}
