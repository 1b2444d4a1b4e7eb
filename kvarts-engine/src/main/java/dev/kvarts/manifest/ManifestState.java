package dev.kvarts.manifest;

import dev.kvarts.log.LogEnd;

import java.util.ArrayList;
import java.util.List;

/// Everything the manifest says. A new state replaces the old one as a whole.
///
/// @param database random identity, in the header of every file
/// @param hashSeed seed of the key hash
/// @param edit counts the states
/// @param nextKeyspace next number of a keyspace
/// @param nextFile next number of a run or checkpoint
/// @param lastSequence no lower sequence number may be given out again; a lower bound, the log
///   knows more
/// @param clockMillis what time it was at least when the state was made, in milliseconds since
///   1970; 0 if nobody has said. The time of a database never goes back behind it
/// @param logFloor oldest generation of the log that is needed
/// @param logOpen generation that was begun when the database was last opened; its header is
///   durable
/// @param logEnds generations whose end is known
/// @param keyspaces in ascending order of their numbers
public record ManifestState(
        long database,
        long hashSeed,
        long edit,
        int nextKeyspace,
        long nextFile,
        long lastSequence,
        long clockMillis,
        long logFloor,
        long logOpen,
        List<LogEnd> logEnds,
        List<KeyspaceMeta> keyspaces) {
    public ManifestState {
        logEnds = List.copyOf(logEnds);
        keyspaces = List.copyOf(keyspaces);
    }

    public static ManifestState initial(long database, long hashSeed) {
        return new ManifestState(database, hashSeed, 0, 1, 1, 0, 0, 0, 0, List.of(), List.of());
    }

    public KeyspaceMeta keyspace(int number) {
        for (KeyspaceMeta keyspace : keyspaces) {
            if (keyspace.number() == number) {
                return keyspace;
            }
        }
        return null;
    }

    public ManifestState withKeyspace(KeyspaceMeta changed) {
        var next = new ArrayList<>(keyspaces);
        next.replaceAll(keyspace -> keyspace.number() == changed.number() ? changed : keyspace);
        return withKeyspaces(next, nextKeyspace);
    }

    /// The keyspace counts on it that no sequence number up to its flushed one is given out again:
    /// those that were skipped are in no log.
    public ManifestState withNewKeyspace(KeyspaceMeta added) {
        var next = new ArrayList<>(keyspaces);
        next.add(added);
        return withKeyspaces(next, Math.max(nextKeyspace, added.number() + 1))
                .withLog(logFloor, logOpen, logEnds, added.flushedSequence());
    }

    public ManifestState withoutKeyspace(int number) {
        var next = new ArrayList<>(keyspaces);
        next.removeIf(keyspace -> keyspace.number() == number);
        return withKeyspaces(next, nextKeyspace);
    }

    private ManifestState withKeyspaces(List<KeyspaceMeta> next, int nextNumber) {
        return new ManifestState(
                database,
                hashSeed,
                edit,
                nextNumber,
                nextFile,
                lastSequence,
                clockMillis,
                logFloor,
                logOpen,
                logEnds,
                next);
    }

    /// Which keyspaces there are, and nothing of where their entries are.
    public ManifestState withoutFiles() {
        var next = new ArrayList<KeyspaceMeta>();
        keyspaces.forEach(keyspace -> next.add(keyspace.withoutFiles()));
        return withKeyspaces(next, nextKeyspace).withLog(0, 0, List.of(), 0);
    }

    public ManifestState withNextFile(long number) {
        return new ManifestState(
                database,
                hashSeed,
                edit,
                nextKeyspace,
                Math.max(nextFile, number),
                lastSequence,
                clockMillis,
                logFloor,
                logOpen,
                logEnds,
                keyspaces);
    }

    public ManifestState withEdit(long number) {
        return new ManifestState(
                database,
                hashSeed,
                number,
                nextKeyspace,
                nextFile,
                lastSequence,
                clockMillis,
                logFloor,
                logOpen,
                logEnds,
                keyspaces);
    }

    /// Says what time it is; one that is earlier than what is known changes nothing.
    public ManifestState withClock(long millis) {
        return new ManifestState(
                database,
                hashSeed,
                edit,
                nextKeyspace,
                nextFile,
                lastSequence,
                Math.max(clockMillis, millis),
                logFloor,
                logOpen,
                logEnds,
                keyspaces);
    }

    /// Ends of generations below the floor are forgotten.
    public ManifestState withLog(long floor, long open, List<LogEnd> ends, long sequence) {
        var kept = new ArrayList<>(ends);
        kept.removeIf(end -> end.generation() < floor);
        return new ManifestState(
                database,
                hashSeed,
                edit,
                nextKeyspace,
                nextFile,
                Math.max(lastSequence, sequence),
                clockMillis,
                floor,
                open,
                kept,
                keyspaces);
    }
}
