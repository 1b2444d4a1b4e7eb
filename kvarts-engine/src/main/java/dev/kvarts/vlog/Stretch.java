package dev.kvarts.vlog;

import dev.kvarts.entry.Lookup;
import dev.kvarts.jobs.Errand;
import dev.kvarts.jobs.Scheduler;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;

/// A part of a value file that is being loaded for a [ValueReadAhead].
///
/// Thread safety: one thread, while another may load.
final class Stretch {
    // Fixed at construction.
    private final ValueFile file;
    private final long from;
    private final long to;
    private final StretchBuffers buffers;
    private final MemorySegment buffer; // null if the file is mapped
    private final Scheduler scheduler;
    private final Errand loading;

    int uses; // wanted values in it that were not asked for yet
    private volatile long nanos; // it took to load
    private volatile boolean failed; // who asks finds out why

    private Stretch(
            Scheduler scheduler,
            StretchBuffers buffers,
            ValueFile file,
            long from,
            long to,
            int uses) {
        this.scheduler = scheduler;
        this.file = file;
        this.from = from;
        this.to = to;
        this.uses = uses;
        this.buffers = buffers;
        this.buffer = file.mapped() == null ? buffers.take(to - from) : null;
        this.loading = Errand.overlap(scheduler, "vlog: read ahead", this::load);
    }

    /// Begins to load, or returns null if all of it is in memory, as far as that can be known.
    static Stretch begin(
            Scheduler scheduler,
            StretchBuffers buffers,
            ValueFile file,
            long from,
            long to,
            int uses) {
        MemorySegment mapped = file.mapped();
        return mapped != null && mapped.asSlice(from, to - from).isLoaded()
                ? null
                : new Stretch(scheduler, buffers, file, from, to, uses);
    }

    private void load() {
        long start = scheduler.nanoTime();
        try {
            if (buffer == null) {
                file.mapped().asSlice(from, to - from).load();
            } else {
                file.read(from, buffer, to - from);
            }
        } catch (UncheckedIOException | InternalError unreadable) {
            failed = true;
        }
        nanos = scheduler.nanoTime() - start;
    }

    /// Nanoseconds that it took to load; 0 if nobody asked for anything in it.
    long nanos() {
        return nanos;
    }

    boolean holds(ValueFile asked, long offset) {
        return asked == file && offset >= from && offset < to;
    }

    long size() {
        return to - from;
    }

    void answer(Lookup lookup, long offset, long size) {
        try {
            loading.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long at = offset - from;
        if (buffer == null
                || failed
                || at + ValueFileFormat.recordSize(lookup.keySize, size) > to - from) {
            file.answer(lookup, offset, size);
        } else {
            lookup.reads++;
            file.answerFrom(lookup, buffer, at, to - from, offset, size);
        }
    }

    /// Gives the buffer back. Requires: no answer in it is looked at.
    void end() {
        loading.abandon();
        if (buffer != null) {
            buffers.giveBack(buffer);
        }
    }
}
