package dev.kvarts.lsm;

import dev.kvarts.entry.EntryCursor;

/// Walks over a sorted run, table by table; has the cursor of one table at a time.
final class RunCursor extends EntryCursor {
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
        return cursor.first() ? standAs(cursor) : firstAfter();
    }

    @Override
    public boolean last() {
        if (run.count() == 0) {
            return false;
        }
        open(run.count() - 1);
        return cursor.last() ? standAs(cursor) : lastBefore();
    }

    /// Goes to the first entry of the next table that has one.
    private boolean firstAfter() {
        while (index + 1 < run.count()) {
            open(index + 1);
            if (cursor.first()) {
                return standAs(cursor);
            }
        }
        return false;
    }

    private boolean lastBefore() {
        while (index > 0) {
            open(index - 1);
            if (cursor.last()) {
                return standAs(cursor);
            }
        }
        return false;
    }

    private void openFor(byte[] key, int keySize) {
        open(Math.min(run.indexOf(key, keySize), run.count() - 1));
    }

    @Override
    public long approach(byte[] key, int keySize) {
        if (run.count() == 0) {
            return 0;
        }
        openFor(key, keySize);
        return cursor.approach(key, keySize);
    }

    @Override
    public boolean seek(byte[] key, int keySize) {
        if (run.count() == 0) {
            return false;
        }
        openFor(key, keySize);
        return cursor.seek(key, keySize) ? standAs(cursor) : firstAfter();
    }

    @Override
    public boolean seekBefore(byte[] key, int keySize) {
        if (run.count() == 0) {
            return false;
        }
        openFor(key, keySize);
        return cursor.seekBefore(key, keySize) ? standAs(cursor) : lastBefore();
    }

    @Override
    public boolean next() {
        if (cursor == null) {
            return first();
        }
        return cursor.next() ? standAs(cursor) : firstAfter();
    }

    @Override
    public boolean previous() {
        if (cursor == null) {
            return false;
        }
        return cursor.previous() ? standAs(cursor) : lastBefore();
    }

    @Override
    public boolean valid() {
        return cursor != null && cursor.valid();
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
