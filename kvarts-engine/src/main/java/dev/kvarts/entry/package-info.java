/// One version of a key; batches of them.
///
/// [EntryFormat] is how an entry lies in the commit log and in a batch, [EntryBatch] a buffer of
/// them, [Lookup] a question and its answer, [EntryCursor] a walk in the order of keys,
/// [MergingCursor] one walk over many. [RangeTombstones] are deleted ranges, [RangeDelete] how one
/// lies in an entry's value. [KeyspaceCore] is the contract between a keyspace of any shape and
/// those who drive it.
package dev.kvarts.entry;
