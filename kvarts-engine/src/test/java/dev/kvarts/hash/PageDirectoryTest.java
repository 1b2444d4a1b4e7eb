package dev.kvarts.hash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;

/// The page that holds a hash is always among those that the directory names.
final class PageDirectoryTest {
    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    private long[] firstHashes(int pages, long within) {
        long[] hashes = new long[pages];
        for (int i = 0; i < pages; i++) {
            hashes[i] =
                    within == 0
                            ? random.nextLong()
                            : Long.remainderUnsigned(random.nextLong(), within);
            hashes[i] ^= Long.MIN_VALUE; // so that sorting as signed numbers sorts as unsigned
        }
        Arrays.sort(hashes);
        for (int i = 0; i < pages; i++) {
            hashes[i] ^= Long.MIN_VALUE;
        }
        return hashes;
    }

    /// Returns how many pages a lookup looks at, summed over the questions.
    private long check(long[] first, PageDirectory directory, int questions) {
        long looked = 0;
        for (int i = 0; i < questions; i++) {
            int near = random.nextInt(first.length);
            long hash =
                    switch (i % 4) {
                        case 0 -> random.nextLong();
                        case 1 -> first[near];
                        case 2 -> first[near] + 1;
                        default -> first[near] - 1;
                    };
            int expected = bruteForce(first, hash);
            long position = directory.position(hash);
            long page = directory.find(position);
            boolean found = expected < 0 || page == expected;
            for (looked++; page >= 0 && directory.positionOf(page) == position; looked++) {
                page--;
                found |= page == expected;
            }
            assertTrue(
                    found,
                    "seed=" + seed + " pages=" + first.length + " hash=" + hash + " " + expected);
        }
        return looked;
    }

    /// The last page whose first hash is not beyond the hash: the records of a page, and the pages
    /// before it that begin with the same hash, are found by going back from there.
    private static int bruteForce(long[] first, long hash) {
        int low = -1;
        int high = first.length - 1;
        while (low < high) {
            int middle = low + high + 1 >> 1;
            if (Long.compareUnsigned(first[middle], hash) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    @Test
    void evenPagesAreFoundWithTwoBytesEach() {
        for (int pages : new int[] {1, 2, 3, 10, 100, 1000, 30_000}) {
            long[] first = firstHashes(pages, 0);
            PageDirectory directory = PageDirectory.of(first, pages);
            assertEquals(2, directory.width());
            assertEquals(2L * pages, directory.memoryBytes());
            check(first, directory, 20_000);
            checkCopy(directory, pages);
        }
    }

    @Test
    void veryUnevenPagesAreFoundWithFourBytesEach() {
        int pages = 60_000;
        long[] first = firstHashes(pages, 1L << 61);
        PageDirectory directory = PageDirectory.of(first, pages);
        assertEquals(4, directory.width());
        check(first, directory, 20_000);
        checkCopy(directory, pages);
    }

    @Test
    void unevenPagesAreFoundWhateverTheUnit() {
        for (int pages : new int[] {5, 200, 3000, 20_000}) {
            for (int shift = 50; shift <= 63; shift += 3) {
                long[] first = firstHashes(pages, 1L << shift);
                check(first, PageDirectory.of(first, pages), 3000);
            }
        }
    }

    @Test
    void pagesThatBeginWithTheSameHashAreAllNamed() {
        long[] first = firstHashes(500, 0);
        for (int i = 100; i < 130; i++) {
            first[i] = first[100]; // one record covers them all
        }
        check(first, PageDirectory.of(first, 500), 20_000);
    }

    @Test
    void aSecondPageIsSeldomLookedAt() {
        int pages = 10_000;
        long[] first = firstHashes(pages, 0);
        PageDirectory directory = PageDirectory.of(first, pages);
        int questions = 100_000;
        long looked = 0;
        for (int i = 0; i < questions; i++) {
            long position = directory.position(random.nextLong());
            long page = directory.find(position);
            looked++;
            while (page >= 0 && directory.positionOf(page) == position) {
                page--;
                looked++;
            }
        }
        assertTrue(looked < 1.02 * questions, "looked " + looked + " seed=" + seed);
    }

    private static void checkCopy(PageDirectory directory, int pages) {
        try (Arena arena = Arena.ofConfined()) {
            var segment = arena.allocate(4L * pages + 8, 8);
            directory.write(segment, 0);
            assertEquals(
                    directory,
                    PageDirectory.read(segment, 0, pages, directory.unit(), directory.width()));
        }
    }
}
