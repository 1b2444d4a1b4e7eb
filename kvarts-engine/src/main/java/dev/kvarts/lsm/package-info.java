/// The ordered keyspace: sorted runs of tables, merged in the background.
///
/// Which tables are merged is decided by pure functions over what is known of them: [TableInfo] is
/// one table, [LevelView] all of them by age, [CompactionPicker] looks at it and answers with a
/// [CompactionPlan], which can prove that it keeps the order of ages. [Compaction] carries it out.
package dev.kvarts.lsm;
