/// Recent entries in memory outside the heap, before they are in any file.
///
/// [HashStore] is the hashed one: shards of open-addressing tables over records in chunks.
/// [SortedStore] is the ordered one: a [BPlusTree] of keys over such records. Readers wait for
/// nobody.
package dev.kvarts.memtable;
