package dev.kvarts.db;

import dev.kvarts.api.OverQuotaException;
import dev.kvarts.entry.EntryBatch;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.StoredKeyspace;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The quotas of all keyspaces.
///
/// Thread safety: any number of threads.
final class Quotas {
    private final KeyspaceTable keyspaces;
    private final OpenDatabase database;
    private final Map<Integer, Quota> byKeyspace = new ConcurrentHashMap<>();

    Quotas(OpenDatabase database, KeyspaceTable keyspaces) {
        this.database = database;
        this.keyspaces = keyspaces;
    }

    Quota of(StoredKeyspace core) {
        return byKeyspace.computeIfAbsent(core.number(), _ -> new Quota(core, database));
    }

    void forget(StoredKeyspace core) {
        byKeyspace.remove(core.number());
    }

    /// Takes room for everything that a batch adds.
    ///
    /// @throws OverQuotaException if there is none in one of its keyspaces
    void take(EntryBatch batch) {
        MemorySegment segment = batch.segment();
        StoredKeyspace core = null;
        long entries = 0;
        long bytes = 0;
        long at = 0;
        for (int i = 0; i < batch.count(); i++) {
            int number = EntryFormat.keyspace(segment, at);
            if (core == null || core.number() != number) {
                take(core, entries, bytes);
                core = keyspaces.get(number);
                entries = 0;
                bytes = 0;
                if (core == null) {
                    return; // dropped: the write will say so
                }
            }
            int keySize = EntryFormat.keySize(segment, at);
            long valueSize = EntryFormat.valueSize(segment, at);
            if (EntryFormat.isPut(EntryFormat.kind(segment, at))) {
                entries++;
                bytes += keySize + valueSize;
            }
            at += EntryFormat.size(keySize, valueSize);
        }
        take(core, entries, bytes);
    }

    private void take(StoredKeyspace core, long entries, long bytes) {
        if (entries != 0 && !of(core).take(entries, bytes)) {
            throw of(core).over();
        }
    }
}
