package dev.kvarts.api;

/// Counts and sizes of one keyspace since it was opened, except where said.
///
/// @param name its name
/// @param entries estimated number of entries, as [Keyspace#estimatedCount()]
/// @param runs number of run files now
/// @param storedBytes bytes of all run files now
/// @param liveBytes bytes of records in them that are alive now
/// @param memoryStoreBytes bytes in memory stores now, active and frozen
/// @param indexBytes DRAM of the index now: maplets, dead bits, page directories, everything but
///   the memory stores
/// @param puts writes of values
/// @param deletes writes of tombstones
/// @param userBytes bytes of keys and values written by callers
/// @param gets lookups
/// @param hits lookups that found a value
/// @param memoryHits hits answered by a memory store, without a read
/// @param runReads reads of run pages made by lookups (one read is at most two adjacent pages)
/// @param runReadsMissing those of them made by lookups that found nothing
/// @param flushes memory stores written
/// @param flushedBytes bytes of run files written by flushes
/// @param reclaims reclaim and merge jobs
/// @param reclaimedBytes bytes of run files written by them
/// @param checkpointBytes bytes of maplet checkpoints written
/// @param verifyReads page reads made by flushes to tell an overwrite from a fingerprint collision
/// @param writeDelayNanos time writers were slowed down because flushing lagged behind
/// @param usedBytes bytes of keys and values now, by which the quota is measured: those in files,
///   and all of the memory stores; an estimate, see [KeyspacePolicy]
/// @param quotaBytes the most there may be; 0 is no limit
/// @param quotaEntries the most entries there may be; 0 is no limit
public record KeyspaceStats(
        String name,
        long entries,
        int runs,
        long storedBytes,
        long liveBytes,
        long memoryStoreBytes,
        long indexBytes,
        long puts,
        long deletes,
        long userBytes,
        long gets,
        long hits,
        long memoryHits,
        long runReads,
        long runReadsMissing,
        long flushes,
        long flushedBytes,
        long reclaims,
        long reclaimedBytes,
        long checkpointBytes,
        long verifyReads,
        long writeDelayNanos,
        long usedBytes,
        long quotaBytes,
        long quotaEntries) {

    /// WA_store: bytes of run files and checkpoints written per byte of key and value flushed or
    /// given by callers; the log is not in it. 0 when nothing was written.
    public double writeAmplification() {
        return userBytes == 0
                ? 0
                : (double) (flushedBytes + reclaimedBytes + checkpointBytes) / userBytes;
    }

    /// Reads of run pages per lookup that found its key in a run; 0 when there was none.
    public double readsPerHit() {
        long runHits = hits - memoryHits;
        return runHits == 0 ? 0 : (double) (runReads - runReadsMissing) / runHits;
    }

    /// Reads of run pages per lookup that found nothing; 0 when there was none.
    public double readsPerMiss() {
        return gets == hits ? 0 : (double) runReadsMissing / (gets - hits);
    }
}
