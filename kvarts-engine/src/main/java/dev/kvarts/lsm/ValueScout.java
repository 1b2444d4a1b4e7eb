package dev.kvarts.lsm;

import dev.kvarts.entry.EntryCursor;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.ValuePointer;
import dev.kvarts.vlog.ValueFile;
import dev.kvarts.vlog.ValueReadAhead;

import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/// Runs ahead of a cursor, where that pays, and has the values loaded that it will come to.
///
/// It has a cursor of its own over the same sources: blocks of keys are small beside the values,
/// and the way the user's cursor goes is not disturbed. What is hidden by tombstones is loaded in
/// vain.
///
/// Thread safety: one thread at a time.
final class ValueScout implements AutoCloseable {
    // Fixed at construction.
    private final Supplier<EntryCursor> sources;
    private final Version version;
    private final ValueReadAhead ahead;

    private EntryCursor scout; // null until it is needed
    private boolean backward;
    private int left; // values loaded and not yet asked for

    ValueScout(Supplier<EntryCursor> sources, Version version, ValueReadAhead ahead) {
        this.sources = sources;
        this.version = version;
        this.ahead = ahead;
    }

    /// Answers with the value that the cursor's pointer leads to.
    ///
    /// @param at stands on the entry
    /// @param goesBack whether its last move was backward
    void answer(Lookup lookup, ValueFile file, EntryCursor at, boolean goesBack) {
        if (ahead.worthIt() && (left == 0 || backward != goesBack)) {
            backward = goesBack;
            look(at);
        }
        left = Math.max(0, left - 1);
        MemorySegment pointer = at.valueSegment();
        long from = at.valueOffset() + EntryFormat.prefixSize(at.kind());
        ahead.answer(
                lookup, file, ValuePointer.offset(pointer, from), ValuePointer.size(pointer, from));
    }

    private void look(EntryCursor at) {
        if (scout == null) {
            scout = sources.get();
        }
        ahead.clear();
        boolean there = scout.seek(at.key(), at.keySize());
        for (left = 0; there && left < ValueReadAhead.WINDOW; left++) {
            if (EntryFormat.isPointer(scout.kind())) {
                want();
            }
            there = backward ? scout.previous() : scout.next();
        }
        ahead.load();
    }

    private void want() {
        MemorySegment pointer = scout.valueSegment();
        long from = scout.valueOffset() + EntryFormat.prefixSize(scout.kind());
        ValueFile file = version.valueFile(ValuePointer.file(pointer, from));
        if (file != null) {
            ahead.want(
                    file,
                    scout.keySize(),
                    ValuePointer.offset(pointer, from),
                    ValuePointer.size(pointer, from));
        }
    }

    @Override
    public void close() {
        ahead.close();
        if (scout != null) {
            scout.close();
        }
    }
}
