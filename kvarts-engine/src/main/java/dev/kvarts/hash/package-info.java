/// The hashed keyspace: maplets over hash-sorted runs.
///
/// ```
///            get: memory store -> frozen store -> maplet -> one page of one run
///            put: log, memory store
///  memory store ---- flush ----> run (sorted by hash, immutable)
///  dead runs    --- reclaim ---> survivors in a new run
/// ```
///
/// Start with [HashedKeyspace]; [Maplet] is the index, [RunFormat] the file, [RunJob] what writes
/// it.
package dev.kvarts.hash;
