/// Comparing, hashing and checking bytes in segments.
///
/// [Bytes] has the layouts and the copies, [KeyHash] the hash that orders runs, [Checksum] what
/// makes damage visible. This room knows no format.
package dev.kvarts.bytes;
