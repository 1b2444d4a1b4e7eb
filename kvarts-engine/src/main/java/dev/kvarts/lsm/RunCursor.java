package dev.kvarts.lsm;

import dev.kvarts.entry.EntryCursor;

import java.lang.foreign.MemorySegment;

/// Walks over a sorted run, table by table; has the cursor of one table at a time.
final class RunCursor implements EntryCursor {
    // Fixed at construction.
    private final SortedRun run;
    private final long visible;
    private final boolean passing;

    private EntryCursor cursor; // null before the first move
    private int index = -1; // of the cursor's table

    /// @param passing whether it walks over everything once, past the cache
    RunCursor(SortedRun run, long visible, boolean passing) {
        this.passing = passing;
        this.run = run;
        this.visible = visible;
    }

    private void open(int table) {
        if (index != table) {
            close();
            cursor =
                    passing
                            ? run.get(table).table.passingCursor(visible)
                            : run.get(table).table.cursor(visible);
            index = table;
        }
    }

    @Override
    public boolean first() {
        if (run.count() == 0) {
            return false;
        }
        open(0);
        return cursor.first() || firstAfter();
    }

    @Override
    public boolean last() {
        if (run.count() == 0) {
            return false;
        }
        open(run.count() - 1);
        return cursor.last() || lastBefore();
    }

    /// Goes to the first entry of the next table that has one.
    private boolean firstAfter() {
        while (index + 1 < run.count()) {
            open(index + 1);
            if (cursor.first()) {
                return true;
            }
        }
        return false;
    }

    private boolean lastBefore() {
        while (index > 0) {
            open(index - 1);
            if (cursor.last()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean seek(byte[] key, int keySize) {
        if (run.count() == 0) {
            return false;
        }
        int table = run.indexOf(key, keySize);
        open(Math.min(table, run.count() - 1));
        return cursor.seek(key, keySize) || firstAfter();
    }

    @Override
    public boolean seekBefore(byte[] key, int keySize) {
        if (run.count() == 0) {
            return false;
        }
        int table = run.indexOf(key, keySize);
        open(Math.min(table, run.count() - 1));
        return cursor.seekBefore(key, keySize) || lastBefore();
    }

    @Override
    public boolean next() {
        if (cursor == null) {
            return first();
        }
        return cursor.next() || firstAfter();
    }

    @Override
    public boolean previous() {
        return cursor != null && (cursor.previous() || lastBefore());
    }

    @Override
    public boolean valid() {
        return cursor != null && cursor.valid();
    }

    @Override
    public byte[] key() {
        return cursor.key();
    }

    @Override
    public int keySize() {
        return cursor.keySize();
    }

    @Override
    public long head() {
        return cursor.head();
    }

    @Override
    public long sequence() {
        return cursor.sequence();
    }

    @Override
    public byte kind() {
        return cursor.kind();
    }

    @Override
    public MemorySegment valueSegment() {
        return cursor.valueSegment();
    }

    @Override
    public long valueOffset() {
        return cursor.valueOffset();
    }

    @Override
    public long valueSize() {
        return cursor.valueSize();
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
            index = -1;
        }
    }
}
