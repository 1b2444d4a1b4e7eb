/// Comparing, hashing, checking and compressing bytes in segments.
///
/// [Bytes] has the layouts and the copies, [KeyHash] the hash that orders runs, [Checksum] what
/// makes damage visible, [FuseFilter] tells which keys are not there, [Lz4] compresses blocks. This
/// room knows no file.
package dev.kvarts.bytes;
