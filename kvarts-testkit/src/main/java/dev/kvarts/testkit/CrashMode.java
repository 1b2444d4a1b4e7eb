package dev.kvarts.testkit;

/// What a crash leaves of that which was stored but not synced.
public enum CrashMode {
    /// Nothing: only what was synced.
    SYNCED_ONLY,
    /// Everything: the process was killed and the page cache is intact. What was not synced is
    /// still not: a later crash may take it.
    PROCESS_KILL,
    /// Each 4 KiB block, file length and directory entry by itself survives or does not.
    RANDOM_BLOCKS,
    /// As [#RANDOM_BLOCKS], but a block may also be torn: each of its 512-byte sectors is then new
    /// or old by itself.
    TORN_SECTORS,
    /// As [#TORN_SECTORS], but bytes appended and not synced may also be garbage.
    GARBAGE_TAILS,
    /// All data of all files, but no creation, renaming or deletion.
    DATA_WITHOUT_NAMES,
    /// All creations, renamings, deletions and file lengths, but no data: zeros where data was
    /// appended.
    NAMES_WITHOUT_DATA,
    /// What was stored before some moment survives, what was stored after it does not.
    OLDEST_FIRST,
    /// What was stored after some moment survives, what was stored before it does not.
    NEWEST_FIRST;

    /// Whether the outcome depends on the seed.
    public boolean random() {
        return switch (this) {
            case SYNCED_ONLY, PROCESS_KILL, DATA_WITHOUT_NAMES, NAMES_WITHOUT_DATA -> false;
            case RANDOM_BLOCKS, TORN_SECTORS, GARBAGE_TAILS, OLDEST_FIRST, NEWEST_FIRST -> true;
        };
    }
}
