package dev.kvarts.api;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/// What the owner of a keyspace allows. Enforced by the engine, whichever way a call comes in.
///
/// Rights are capabilities: who shows the token may. A handle shows none until [Keyspace#with] made
/// one that does. Names of keyspaces, their options and counts of [Database#stats()] are no secret,
/// and whoever has the database may flush, compact and copy it.
///
/// A quota is measured by what files and memory say, as [KeyspaceStats#usedBytes()] tells: of a
/// hashed keyspace it is exact after each flush, and the number of entries that came since is
/// estimated from a sample, mostly to a tenth of it; of an ordered one overwritten entries and
/// those of deleted ranges count until they are compacted, and a deletion counts as one entry less
/// until then, also of a key that was not there: who deletes what is not there can exceed it.
/// Before a write is refused memory is flushed, if enough is in it, or once a second. Writers that
/// run at the same time may together exceed it by what each is writing.
///
/// @param retention the longest that an entry may live, whatever its write says; zero is no limit
/// @param quotaBytes most bytes of keys and values; 0 is no limit. A write for which there is no
///   room is refused with [OverQuotaException]; deleting goes on, and replacing a value by one that
///   is no larger
/// @param quotaEntries most entries; 0 is no limit
/// @param writeToken who may write, delete, change options and drop; [TokenHash#NONE] is everybody
/// @param readToken who may read; [TokenHash#NONE] is everybody. Who may write may not read for
///   that alone: what does both ([Keyspace#update] and its like) needs both
public record KeyspacePolicy(
        Duration retention,
        long quotaBytes,
        long quotaEntries,
        TokenHash writeToken,
        TokenHash readToken) {
    private static final KeyspacePolicy NONE =
            new KeyspacePolicy(Duration.ZERO, 0, 0, TokenHash.NONE, TokenHash.NONE);

    public KeyspacePolicy {
        Objects.requireNonNull(writeToken, "writeToken");
        Objects.requireNonNull(readToken, "readToken");
        retention = lifetime("retention", retention);
        requireQuota("quotaBytes", quotaBytes);
        requireQuota("quotaEntries", quotaEntries);
    }

    private static void requireQuota(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(
                    "keyspace option out of range: " + name + "=" + value + " min=0");
        }
    }

    /// Zero, or whole milliseconds up to [Limits#LIFETIME_MAX].
    static Duration lifetime(String name, Duration duration) {
        Duration whole = duration.truncatedTo(ChronoUnit.MILLIS);
        boolean vanished = whole.isZero() && !duration.isZero();
        if (duration.isNegative() || vanished || whole.compareTo(Limits.LIFETIME_MAX) > 0) {
            throw new IllegalArgumentException(
                    "keyspace option out of range: "
                            + name
                            + "="
                            + duration
                            + " must be zero or PT0.001S.."
                            + Limits.LIFETIME_MAX);
        }
        return whole;
    }

    /// Everything is allowed to everybody.
    public static KeyspacePolicy none() {
        return NONE;
    }

    public KeyspacePolicy withRetention(Duration duration) {
        return new KeyspacePolicy(duration, quotaBytes, quotaEntries, writeToken, readToken);
    }

    public KeyspacePolicy withQuotaBytes(long bytes) {
        return new KeyspacePolicy(retention, bytes, quotaEntries, writeToken, readToken);
    }

    public KeyspacePolicy withQuotaEntries(long entries) {
        return new KeyspacePolicy(retention, quotaBytes, entries, writeToken, readToken);
    }

    public KeyspacePolicy withWriteToken(TokenHash hash) {
        return new KeyspacePolicy(retention, quotaBytes, quotaEntries, hash, readToken);
    }

    public KeyspacePolicy withReadToken(TokenHash hash) {
        return new KeyspacePolicy(retention, quotaBytes, quotaEntries, writeToken, hash);
    }
}
