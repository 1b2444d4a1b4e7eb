/// Files as the engine wishes they were.
///
/// [Directory] is the one seam to the outside: every byte the engine reads or writes goes through
/// it. [RealDirectory] is the file system; the testkit has one that crashes, tears, fills up and
/// fails on demand. Errors are [java.io.IOException] here; the rooms below give them their meaning.
///
/// This room knows names and bytes, not formats.
package dev.kvarts.io;
