package dev.kvarts.cli;

import dev.kvarts.api.Keyspace;
import dev.kvarts.api.OrderedKeyspace;

import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import java.util.concurrent.TimeUnit;

/// A progress bar on stderr, for work that turns out to take long, and only where a person sees it.
///
/// Thread safety: one thread at a time.
final class Progress implements AutoCloseable {
    private static final long SHOW_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final int UPDATE_MILLIS = 100;
    private static final int WIDTH = 78;
    private static final String TO_LINE_START = "\r";
    private static final String CLEAR_LINE = "\r\u001b[2K";

    private final Terminal terminal;
    private final String task;
    private final long max;
    private final long start = System.nanoTime();
    private long done;
    private ProgressBar bar; // null until it is worth showing

    /// `max` is -1 when the amount of work is not known.
    Progress(Terminal terminal, String task, long max) {
        this.terminal = terminal;
        this.task = task;
        this.max = max;
    }

    /// Of a walk over entries that were asked for. How many of an ordered keyspace's lie in a range
    /// is not known beforehand; of a hashed one all are looked at.
    static Progress over(Terminal terminal, String task, Keyspace keyspace, RangeOptions range) {
        boolean all = range.given() == null || !(keyspace instanceof OrderedKeyspace);
        return new Progress(terminal, task, all ? keyspace.estimatedCount() : -1);
    }

    void step(long count) {
        done += count;
        if (!terminal.errIsTerminal()) {
            return;
        }
        if (bar == null && System.nanoTime() - start > SHOW_AFTER_NANOS) {
            bar = show();
        }
        if (bar != null) {
            bar.stepTo(done);
        }
    }

    private ProgressBar show() {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(max)
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .setMaxRenderedLength(WIDTH)
                .setConsumer(
                        new DelegatingProgressBarConsumer(
                                line -> terminal.err().print(TO_LINE_START + line), WIDTH))
                .build();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            terminal.err().print(CLEAR_LINE);
        }
    }
}
