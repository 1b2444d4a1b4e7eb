/// The value log: large values apart from their keys, and reclaiming them.
///
/// A value file is written once, in the order of the keys, by a flush or by a compaction that
/// reclaims other value files; tables point into it. [ValueFileFormat] is what lies on disk,
/// [ValueFileWriter] writes one, [ValueFile] answers pointers, [ValueReadAhead] loads what a cursor
/// will ask for, [ValueFileCheck] reads everything, [ReclaimPicker] chooses what is written anew.
/// This room knows no table, no level and no manifest.
package dev.kvarts.vlog;
