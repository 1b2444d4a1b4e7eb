/// Memory outside the heap: who has how much of it, and when it may be used again.
///
/// [MemoryBudget] keeps the accounts of the one memory number; [Epochs] tells when no reader can be
/// inside memory that was unlinked; [Slabs] hands out blocks of any size from few large segments;
/// [BlockCache] keeps blocks of files that are read again and again.
package dev.kvarts.cache;
