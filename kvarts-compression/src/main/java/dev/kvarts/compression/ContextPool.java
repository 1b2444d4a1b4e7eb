package dev.kvarts.compression;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.function.Supplier;

/// Contexts of a native library that wait for the next block: making one costs more than many a
/// block takes.
///
/// Thread safety: any number of threads.
final class ContextPool<C extends Closeable> {
    private static final int IDLE_MAX = 64;

    private final Supplier<C> maker;

    // Guarded by this.
    private final ArrayDeque<C> idle = new ArrayDeque<>();
    private boolean closed;

    ContextPool(Supplier<C> maker) {
        this.maker = maker;
    }

    C take() {
        C waiting;
        synchronized (this) {
            waiting = idle.pollLast();
        }
        return waiting != null ? waiting : maker.get();
    }

    void giveBack(C context) {
        boolean kept;
        synchronized (this) {
            kept = !closed && idle.size() < IDLE_MAX;
            if (kept) {
                idle.addLast(context);
            }
        }
        if (!kept) {
            free(context);
        }
    }

    synchronized void close() {
        closed = true;
        idle.forEach(ContextPool::free);
        idle.clear();
    }

    private static void free(Closeable context) {
        try {
            context.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // contexts do not throw it
        }
    }
}
