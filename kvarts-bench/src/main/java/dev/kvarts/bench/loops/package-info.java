/// The engine's inner loops, one at a time, each beside the least that could do the same work.
///
/// | loop         | Kvarts         | rival                                                       |
/// |--------------|----------------|-------------------------------------------------------------|
/// | maplet probe | [MapletProbe]  | [HashTableProbe]: an open-addressing `long[]`               |
/// | page search  | [PageSearch]   | [DecodedPageSearch]: binary search over keys on the heap    |
/// | table search | [TableSearch]  | [SortedArraySearch]: binary search over keys on the heap    |
/// | table walk   | [TableWalk]    | [TreeMapWalk]: the same entries on the heap                 |
/// | memtable     | [Memtable]     | [SkipListMemtable], [ConcurrentMap]: other sorted maps      |
/// | log append   | [LogAppend]    | [ChannelWrite]: a system call with the same bytes           |
/// | filter probe | [FilterProbe]  | [BloomProbe]: a Bloom filter of 10 bits a key               |
/// | cached block | [CachedBlock]  | [MapOfBlocks]: a map that evicts nothing                    |
/// | LZ4          | [Lz4Block]     | [Lz4JavaBlock]: lz4-java without native code                |
///
/// The classes are benchmarks of JMH; those of one line have methods of the same names and get the
/// same input. A processor works on several lookups at a time if it can, and then a cache miss
/// seems to cost a fraction of what it does. So the place of the next question is computed from the
/// last answer. What a processor guesses rightly by its branch predictor it still need not wait
/// for.
///
/// Unlike the package above it, this one goes inside the engine: bytes, cache, log, entry, table
/// and, by way of `dev.kvarts.hash.BareMaplets`, `BareRun` and `dev.kvarts.memtable.BareStore`,
/// maplets, runs and memory stores.
package dev.kvarts.bench.loops;
