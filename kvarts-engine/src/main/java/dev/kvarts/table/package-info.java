/// The table: an immutable file of the entries of an ordered keyspace, sorted by key.
///
/// ```
/// get:  filter (three loads) -> block index (memory) -> one block: tags, then one entry
/// seek: block index          -> one block: heads of keys, binary search
/// ```
///
/// Start with [TableFormat] and [BlockFormat], which are the file; [TableWriter] makes it, [Table]
/// reads it, [TableCursor] walks over it, [TableCheck] doubts it. This room does not know which
/// tables there are, nor what is in the value files that its pointers point to.
package dev.kvarts.table;
