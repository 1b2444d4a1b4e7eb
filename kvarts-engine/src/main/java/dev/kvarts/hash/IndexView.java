package dev.kvarts.hash;

/// What says where the records of a keyspace are: the index as it is now, or as a snapshot keeps
/// it.
///
/// Thread safety: any number of threads, each inside an epoch.
interface IndexView {
    /// The maplet of a partition.
    Maplet maplet(int partition);

    /// The runs that maplets name, by id; null where there is none.
    Run[] runs();

    /// Whether a record was overwritten or deleted.
    boolean isDead(Run run, long ordinal);
}
