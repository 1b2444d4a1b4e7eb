package dev.kvarts.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// One flat directory: all files of one database. A name is a file's name, without separators.
///
/// Crash safety: creating, renaming and deleting become durable with [#sync()], each on its own;
/// until then a crash may undo any of them independently. A file's bytes become durable with the
/// file's own force.
///
/// Thread safety: any number of threads. An interrupt of a calling thread is kept and closes
/// nothing.
public interface Directory {
    /// What to call it in messages.
    String describe();

    /// Names of all files, sorted.
    List<String> list() throws IOException;

    /// Whether nothing at all is in it, not even what [#list()] leaves out.
    boolean isEmpty() throws IOException;

    boolean exists(String name) throws IOException;

    /// Size in bytes.
    ///
    /// @throws java.nio.file.NoSuchFileException if there is no such file
    long size(String name) throws IOException;

    /// Creates a file, or empties one that exists, for writing from its start.
    WritableFile create(String name) throws IOException;

    /// Opens a file that no longer changes. `mapped` asks for a mapping; otherwise reads are
    /// positional.
    ReadableFile open(String name, boolean mapped) throws IOException;

    /// Maps a file for reading and writing. One that does not exist is created with `sizeBytes`
    /// zero bytes, all of them allocated, so that later stores into the mapping cannot meet a full
    /// disk; one that exists must have that size (pass its [#size(String)]).
    MappedFile map(String name, long sizeBytes) throws IOException;

    /// Replaces `to`, atomically, if it exists.
    void rename(String from, String to) throws IOException;

    /// Deletes a file. One that is mapped or open stays readable for those who have it.
    void delete(String name) throws IOException;

    /// Makes creations, renames and deletions durable.
    void sync() throws IOException;

    /// Gives the file a second name in another directory of the same kind: a hard link where
    /// possible, otherwise a synced copy. Requires: the file no longer changes.
    void linkTo(String name, Directory target) throws IOException;

    /// Another directory of the same kind, created if absent.
    ///
    /// @throws NotADirectoryException if a file has that name
    Directory at(Path path) throws IOException;

    /// Takes the directory for this process until the handle is closed.
    ///
    /// @throws LockedException if somebody has it
    AutoCloseable lock() throws IOException;

    /// Bytes of memory that may hold pages of files: the machine's or the container's, as far as
    /// known.
    long cacheBytes();

    /// Bytes that can still be written, as far as known.
    long freeBytes() throws IOException;
}
