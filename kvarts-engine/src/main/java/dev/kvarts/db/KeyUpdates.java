package dev.kvarts.db;

import dev.kvarts.api.Durability;
import dev.kvarts.api.Gathered;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lookup;
import dev.kvarts.jobs.SpinLock;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/// What reads one key and then writes it, atomically. The handle has checked the arguments and the
/// rights.
///
/// What reads and then writes is optimistic: it remembers what it read, and the commit pipeline
/// writes only if that is still the newest version. If not, another writer has written, or has a
/// record in the log and is about to make it visible: it is waited for in small steps, because it
/// may have lost its processor, and then it is read again. So somebody always gets on, and how
/// often one tries depends on the scheduling of threads alone.
///
/// Thread safety: any number of threads.
final class KeyUpdates {
    private final KeyspaceHandle keyspace;
    private final OpenDatabase database;
    private final Quota quota;

    KeyUpdates(KeyspaceHandle keyspace, Quota quota) {
        this.keyspace = keyspace;
        this.database = keyspace.database();
        this.quota = quota;
    }

    /// What was read: enough to tell later whether it is still so.
    ///
    /// @param expiry of the value; 0: it does not expire
    /// @param window of one that is gathered; null: it is not
    private record Version(Lookup read, byte[] value, long expiry, GatherWindow window) {
        static Version of(Lookup lookup) {
            var read = new Lookup();
            read.visible = lookup.visible;
            read.found = lookup.found;
            read.sequence = lookup.sequence;
            boolean gathered = lookup.present() && lookup.window != 0;
            return new Version(
                    read,
                    KeyspaceHandle.copyOf(lookup),
                    lookup.expiry,
                    gathered ? GatherWindow.decode(lookup.window) : null);
        }
    }

    /// Writes if the key is still as it was read; null deletes.
    ///
    /// @param expiry when the value expires; 0: it does not
    private boolean writeIfUnchanged(
            byte[] key, Version version, byte[] value, long expiry, Durability durability) {
        boolean expires = value != null && expiry != 0;
        byte kind =
                value == null
                        ? EntryFormat.DELETE
                        : expires ? EntryFormat.PUT_EXPIRING : EntryFormat.PUT;
        Object stored = expires ? EntryFormat.expiring(value, expiry) : value;
        return writeIfUnchanged(key, version, kind, value, stored, durability);
    }

    /// @param stored the value behind the prefix of its kind
    private boolean writeIfUnchanged(
            byte[] key,
            Version version,
            byte kind,
            byte[] value,
            Object stored,
            Durability durability) {
        takeGrowth(key, version.value, value);
        long size = value == null ? 0 : value.length + EntryFormat.prefixSize(kind);
        return database.writeIfUnchanged(
                keyspace, version.read, kind, key, stored, size, durability);
    }

    private boolean writeIfUnchanged(byte[] key, Version version, byte[] value, long expiry) {
        return writeIfUnchanged(key, version, value, expiry, database.defaultDurability());
    }

    private void takeGrowth(byte[] key, byte[] present, byte[] next) {
        if (next == null || present != null && next.length <= present.length) {
            return;
        }
        boolean fits =
                present == null
                        ? quota.take(1, key.length + next.length)
                        : quota.take(0, next.length - present.length);
        if (!fits) {
            throw quota.over();
        }
    }

    /// When a value expires that replaces another which is a change of it.
    private long keptExpiry(Version before) {
        if (before.value == null) {
            return keyspace.expiry(null);
        }
        return keyspace.limited(before.expiry);
    }

    private Version read(byte[] key) {
        return keyspace.seek(key, key.length, Version::of);
    }

    byte[] putIfAbsent(byte[] key, byte[] value) {
        for (int attempt = 0; ; attempt++) {
            Version present = read(key);
            if (present.value != null) {
                return present.value;
            }
            if (writeIfUnchanged(key, present, value, keyspace.expiry(null))) {
                return null;
            }
            SpinLock.pause(attempt);
        }
    }

    boolean compareAndSet(byte[] key, byte[] expected, byte[] replacement) {
        for (int attempt = 0; ; attempt++) {
            Version present = read(key);
            if (!Arrays.equals(present.value, expected)) {
                return false;
            }
            if (writeIfUnchanged(key, present, replacement, keyspace.expiry(null))) {
                return true;
            }
            SpinLock.pause(attempt);
        }
    }

    /// @param ttl of the new value; null: what is left of that of the old one
    byte[] change(byte[] key, UnaryOperator<byte[]> change, Duration ttl, Durability durability) {
        for (int attempt = 0; ; attempt++) {
            Version present = read(key);
            byte[] next = change.apply(present.value);
            if (next != null) {
                Checks.value(next);
            }
            long expiry = ttl == null ? keptExpiry(present) : keyspace.expiry(ttl);
            if (writeIfUnchanged(key, present, next, expiry, durability)) {
                return next;
            }
            SpinLock.pause(attempt);
        }
    }

    // Expiry.

    /// Has a value expire that long from now; zero: never. Returns whether there is one.
    boolean touch(byte[] key, Duration ttl) {
        for (int attempt = 0; ; attempt++) {
            Version present = read(key);
            if (present.value == null) {
                return false;
            }
            long expiry = keyspace.expiry(ttl);
            if (expiry == present.expiry || writeExpiry(key, present, expiry)) {
                return true;
            }
            SpinLock.pause(attempt);
        }
    }

    /// Writes the value anew; what is gathered goes on to be.
    private boolean writeExpiry(byte[] key, Version present, long expiry) {
        return present.window == null
                ? writeIfUnchanged(key, present, present.value, expiry)
                : writeGathered(
                        key,
                        present,
                        present.value,
                        present.window,
                        expiry,
                        database.defaultDurability());
    }

    // Gathering.

    private boolean writeGathered(
            byte[] key,
            Version present,
            byte[] value,
            GatherWindow window,
            long expiry,
            Durability durability) {
        return writeIfUnchanged(
                key,
                present,
                EntryFormat.PUT_GATHERED,
                value,
                window.stored(value, expiry),
                durability);
    }

    /// Adds a part to a gathered record. Returns whether it was taken.
    ///
    /// @param last whether no part is to come after it
    /// @param ttl if it is the first part
    boolean addPart(byte[] key, byte[] part, boolean last, Duration ttl, Durability durability) {
        for (int attempt = 0; ; attempt++) {
            Version present = read(key);
            boolean first = present.value == null;
            if (!first && !takesParts(present.window)) {
                return false;
            }
            byte[] value = Changes.append(present.value, part);
            Checks.storedValue(value.length + (long) EntryFormat.GATHERED_SIZE);
            GatherWindow window = first ? newWindow() : present.window;
            long expiry = first ? keyspace.expiry(ttl) : keyspace.limited(present.expiry);
            if (writeGathered(key, present, value, window.with(last), expiry, durability)) {
                return true;
            }
            SpinLock.pause(attempt);
        }
    }

    private GatherWindow newWindow() {
        long millis = keyspace.core().options().gatherWindow().toMillis();
        return new GatherWindow(database.environment().nowMillis() + millis, false);
    }

    /// Whether parts are taken; whoever was told that the window has ended may rely on it.
    private boolean takesParts(GatherWindow window) {
        if (window == null || window.hasFinal()) {
            return false;
        }
        boolean takes = window.takesPartsAt(database.environment().nowMillis());
        if (!takes) {
            database.environment().clock().rely();
        }
        return takes;
    }

    /// What was gathered, or null.
    Gathered gathered(byte[] key) {
        Version present = read(key);
        GatherWindow window = present.window;
        return window == null
                ? null
                : new Gathered(
                        present.value,
                        !takesParts(window),
                        Instant.ofEpochMilli(window.endMillis()));
    }
}
