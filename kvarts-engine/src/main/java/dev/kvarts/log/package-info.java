/// The commit log: every batch is here before it is anywhere else.
///
/// Write: [CommitLog] appends records to a mapped segment and forces it for many at once. Recover:
/// [LogRecovery] replays records until the first that is not valid, and tells a torn end from
/// damage.
///
/// Start with [LogFormat]. This room knows nothing of keyspaces: a payload is entries with numbers.
package dev.kvarts.log;
