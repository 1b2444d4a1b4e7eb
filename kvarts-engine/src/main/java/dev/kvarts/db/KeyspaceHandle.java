package dev.kvarts.db;

import dev.kvarts.api.Durability;
import dev.kvarts.api.Gathered;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspaceStats;
import dev.kvarts.api.Token;
import dev.kvarts.api.ValueReader;
import dev.kvarts.api.WriteOptions;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.cache.Pinnable;
import dev.kvarts.entry.EntryFormat;
import dev.kvarts.entry.Lifetimes;
import dev.kvarts.entry.LiveSnapshots.Registration;
import dev.kvarts.entry.Lookup;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.jobs.Errand;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// A keyspace as a user holds it, of any shape: checks, counts calls, and turns lookups into
/// values.
abstract sealed class KeyspaceHandle implements Keyspace permits HashedHandle, OrderedHandle {
    private static final int KEYS_PER_ERRAND = 4;

    private final OpenDatabase database;
    private final StoredKeyspace core;
    private final Rights rights;
    private final Quota quota;
    private final KeyUpdates updates;

    /// @param token what it shows; null: nothing
    KeyspaceHandle(OpenDatabase database, StoredKeyspace core, Token token) {
        this.database = database;
        this.core = core;
        this.rights = new Rights(core, token);
        this.quota = database.quota(core);
        this.updates = new KeyUpdates(this, quota);
    }

    OpenDatabase database() {
        return database;
    }

    StoredKeyspace core() {
        return core;
    }

    /// What the one who holds this may do.
    Rights rights() {
        return rights;
    }

    @Override
    public KeyspaceOptions options() {
        checkUsable();
        return core.options();
    }

    @Override
    public void configure(KeyspaceOptions options) {
        database.configure(this, options);
    }

    int number() {
        return core.number();
    }

    @Override
    public String name() {
        return core.name();
    }

    private int begin() {
        int token = database.enter();
        try {
            checkNotDropped();
        } catch (IllegalStateException e) {
            database.exit(token);
            throw e;
        }
        return token;
    }

    private void checkNotDropped() {
        if (core.isStopped()) {
            throw new IllegalStateException(droppedMessage(core));
        }
    }

    static String droppedMessage(StoredKeyspace core) {
        return "keyspace was dropped: name=" + core.name();
    }

    // Reading.

    /// Asks, and hands the answer on while it is valid.
    interface Answer<R> {
        R of(Lookup lookup);
    }

    private <R> R find(byte[] key, int keySize, Answer<R> answer) {
        rights.requireRead();
        return seek(key, keySize, answer);
    }

    /// As [#find], for those who need not have the right to read.
    final <R> R seek(byte[] key, int keySize, Answer<R> answer) {
        int epoch = database.environment().epochs().enter();
        try {
            database.checkOpen(); // closing and dropping wait for epochs, too
            checkNotDropped();
            Lookup lookup = database.lookup();
            lookup.ask(
                    key,
                    keySize,
                    database.environment().hashSeed(),
                    database.environment().visible());
            core.find(lookup);
            return answer.of(lookup);
        } catch (UncheckedIOException e) {
            throw OpenDatabase.storage(e);
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        } finally {
            database.environment().epochs().exit(epoch);
        }
    }

    /// As [#seek], of a snapshot.
    private <R> R findAt(Registration at, byte[] key, Answer<R> answer) {
        return findAt(at, key, at.millis(), answer);
    }

    /// @param millis what has expired by then is not seen
    private <R> R findAt(Registration at, byte[] key, long millis, Answer<R> answer) {
        Checks.key(key);
        int epoch = database.environment().epochs().enter();
        try {
            database.checkOpen();
            checkNotDropped();
            Lookup lookup = database.lookup();
            lookup.ask(key, key.length, database.environment().hashSeed(), at.sequence());
            lookup.now = millis;
            if (at.sequence() >= core.bornAt()) {
                core.findAsOf(lookup);
            }
            return answer.of(lookup);
        } catch (UncheckedIOException e) {
            throw OpenDatabase.storage(e);
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        } finally {
            database.environment().epochs().exit(epoch);
        }
    }

    /// A value that was there at some time, expired or not.
    ///
    /// @param expiry 0: none
    record Past(byte[] value, long expiry) {}

    /// The value that a snapshot has, expired or not; null if there is none.
    final Past pastAt(Registration at, byte[] key) {
        return findAt(
                at,
                key,
                Lookup.BEFORE_ALL,
                lookup -> lookup.present() ? new Past(lookup.copyValue(), lookup.expiry) : null);
    }

    /// Whether a snapshot has the version that was read.
    final boolean isAt(Registration at, byte[] key, Lookup read) {
        return findAt(
                at,
                key,
                lookup ->
                        lookup.found == read.found
                                && (!read.found || lookup.sequence == read.sequence));
    }

    /// The value that a snapshot has, or null.
    final byte[] getAt(Registration at, byte[] key) {
        return findAt(at, key, KeyspaceHandle::copyOf);
    }

    final boolean containsAt(Registration at, byte[] key) {
        return findAt(at, key, Lookup::present);
    }

    final <R> R readAt(Registration at, byte[] key, ValueReader<R> reader) {
        return look(findAt(at, key, Pinned::of), reader);
    }

    static byte[] copyOf(Lookup lookup) {
        return lookup.present() ? lookup.copyValue() : null;
    }

    @Override
    public byte[] get(byte[] key) {
        Checks.key(key);
        return find(key, key.length, KeyspaceHandle::copyOf);
    }

    @Override
    public MemorySegment get(MemorySegment key) {
        Checks.key(key);
        byte[] value =
                find(
                        database.lookup().scratchOf(key),
                        (int) key.byteSize(),
                        KeyspaceHandle::copyOf);
        return value == null ? null : MemorySegment.ofArray(value);
    }

    @Override
    public boolean contains(byte[] key) {
        Checks.key(key);
        return find(key, key.length, Lookup::present);
    }

    @Override
    public <R> R get(byte[] key, ValueReader<R> reader) {
        Checks.key(key);
        Objects.requireNonNull(reader, "reader");
        return read(key, key.length, reader);
    }

    @Override
    public <R> R get(MemorySegment key, ValueReader<R> reader) {
        Checks.key(key);
        Objects.requireNonNull(reader, "reader");
        return read(database.lookup().scratchOf(key), (int) key.byteSize(), reader);
    }

    /// The reader runs outside the epoch and outside the call, so that it may take its time and
    /// call back: what it looks at is pinned.
    private <R> R read(byte[] key, int keySize, ValueReader<R> reader) {
        return look(find(key, keySize, Pinned::of), reader);
    }

    private static <R> R look(Pinned pinned, ValueReader<R> reader) {
        if (pinned == null) {
            return null;
        }
        try {
            return reader.read(pinned.value);
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        } finally {
            if (pinned.home != null) {
                pinned.home.unpin();
            }
        }
    }

    private record Pinned(MemorySegment value, Pinnable home) {
        static Pinned of(Lookup lookup) {
            if (!lookup.present()) {
                return null;
            }
            if (lookup.home == null) { // in a buffer that the next lookup overwrites
                MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, lookup.valueSize));
                MemorySegment.copy(lookup.segment, lookup.valueOffset, copy, 0, lookup.valueSize);
                return new Pinned(copy.asSlice(0, lookup.valueSize).asReadOnly(), null);
            }
            lookup.home.pin();
            return new Pinned(
                    lookup.segment.asSlice(lookup.valueOffset, lookup.valueSize).asReadOnly(),
                    lookup.home);
        }
    }

    /// Where data is larger than memory, reads of the device are under way side by side.
    @Override
    public List<byte[]> getAll(List<byte[]> keys) {
        keys.forEach(Checks::key);
        byte[][] values = new byte[keys.size()][];
        if (database.environment().mapFiles() || keys.size() < 2 * KEYS_PER_ERRAND) {
            getSome(keys, values, 0, values.length);
        } else {
            getOverlapped(keys, values);
        }
        return new ArrayList<>(Arrays.asList(values));
    }

    private void getSome(List<byte[]> keys, byte[][] values, int from, int to) {
        for (int i = from; i < to; i++) {
            values[i] = get(keys.get(i));
        }
    }

    private void getOverlapped(List<byte[]> keys, byte[][] values) {
        List<Errand> errands = new ArrayList<>();
        for (int from = KEYS_PER_ERRAND; from < values.length; from += KEYS_PER_ERRAND) {
            int start = from;
            int end = Math.min(values.length, from + KEYS_PER_ERRAND);
            errands.add(
                    Errand.overlap(
                            database.environment().scheduler(),
                            "db: get some",
                            () -> getSome(keys, values, start, end)));
        }
        getSome(keys, values, 0, KEYS_PER_ERRAND);
        try {
            for (Errand errand : errands) {
                errand.finish();
            }
        } catch (IOException e) {
            throw OpenDatabase.storage(new UncheckedIOException(e));
        }
    }

    // Writing.

    private void write(
            byte kind,
            byte[] key,
            int keySize,
            Object value,
            long valueSize,
            Durability durability) {
        rights.requireWrite();
        if (kind != EntryFormat.DELETE && !quota.take(1, keySize + valueSize)) {
            requireNoLarger(key, keySize, valueSize);
        }
        database.write(this, kind, key, keySize, value, valueSize, durability);
    }

    /// When what is written now expires; 0: it does not.
    ///
    /// @param ttl null: the keyspace's default; zero: it does not expire
    final long expiry(Duration ttl) {
        Lifetimes lifetimes = lifetimes();
        return ttl == null && lifetimes.endless()
                ? 0
                : lifetimes.expiry(ttl, database.environment().nowMillis());
    }

    private Lifetimes lifetimes() {
        return Lifetimes.of(core.options());
    }

    private void put(
            byte[] key,
            int keySize,
            Object value,
            long valueSize,
            Duration ttl,
            Durability durability) {
        long expiry = expiry(ttl);
        if (expiry == 0) {
            write(EntryFormat.PUT, key, keySize, value, valueSize, durability);
        } else {
            long size = valueSize + EntryFormat.EXPIRY_SIZE;
            Checks.storedValue(size);
            Object stored = EntryFormat.expiring(value, expiry);
            write(EntryFormat.PUT_EXPIRING, key, keySize, stored, size, durability);
        }
    }

    /// Where nothing may be added, what is there may still be replaced.
    private void requireNoLarger(byte[] key, int keySize, long valueSize) {
        boolean fits =
                seek(
                        key,
                        keySize,
                        present -> present.present() && present.storedSize() >= valueSize);
        if (!fits) {
            throw quota.over();
        }
    }

    @Override
    public void put(byte[] key, byte[] value) {
        Checks.key(key);
        Checks.value(value);
        put(key, key.length, value, value.length, null, database.defaultDurability());
    }

    @Override
    public void put(byte[] key, byte[] value, WriteOptions options) {
        Checks.key(key);
        Checks.value(value);
        put(key, key.length, value, value.length, options.ttl(), options.durability());
    }

    @Override
    public void put(MemorySegment key, MemorySegment value) {
        put(key, value, null, database.defaultDurability());
    }

    @Override
    public void put(MemorySegment key, MemorySegment value, WriteOptions options) {
        put(key, value, options.ttl(), options.durability());
    }

    private void put(MemorySegment key, MemorySegment value, Duration ttl, Durability durability) {
        Checks.key(key);
        Checks.value(value);
        byte[] copy = database.lookup().scratchOf(key);
        put(copy, (int) key.byteSize(), value, value.byteSize(), ttl, durability);
    }

    @Override
    public void delete(byte[] key) {
        Checks.key(key);
        write(EntryFormat.DELETE, key, key.length, null, 0, database.defaultDurability());
    }

    @Override
    public void delete(byte[] key, WriteOptions options) {
        Checks.key(key);
        write(EntryFormat.DELETE, key, key.length, null, 0, options.durability());
    }

    @Override
    public void delete(MemorySegment key) {
        Checks.key(key);
        byte[] copy = database.lookup().scratchOf(key);
        write(
                EntryFormat.DELETE,
                copy,
                (int) key.byteSize(),
                null,
                0,
                database.defaultDurability());
    }

    // Reading and writing.

    /// For what is not counted before it is there.
    ///
    /// @throws dev.kvarts.api.OverQuotaException if the keyspace is over its quota already
    final void requireRoom() {
        if (!quota.take(0, 0)) {
            throw quota.over();
        }
    }

    /// When something expires that is written anew with the expiry that it had.
    final long limited(long expiry) {
        Lifetimes lifetimes = lifetimes();
        return lifetimes.maximumMillis() == 0
                ? expiry
                : lifetimes.limited(expiry, database.environment().nowMillis());
    }

    @Override
    public byte[] putIfAbsent(byte[] key, byte[] value) {
        Checks.key(key);
        rights.requireBoth();
        Checks.value(value);
        return updates.putIfAbsent(key, value);
    }

    @Override
    public boolean compareAndSet(byte[] key, byte[] expected, byte[] replacement) {
        Checks.key(key);
        rights.requireBoth();
        if (replacement != null) {
            Checks.value(replacement);
        }
        return updates.compareAndSet(key, expected, replacement);
    }

    @Override
    public byte[] update(byte[] key, UnaryOperator<byte[]> change) {
        Checks.key(key);
        rights.requireBoth();
        Objects.requireNonNull(change, "change");
        return updates.change(key, change, null, database.defaultDurability());
    }

    @Override
    public long increment(byte[] key, long delta) {
        byte[] counter = update(key, value -> Changes.add(value, delta));
        return Bytes.getLong(counter, 0);
    }

    @Override
    public long append(byte[] key, byte[] suffix) {
        Objects.requireNonNull(suffix, "suffix");
        byte[] longer = update(key, value -> Changes.append(value, suffix));
        return longer.length;
    }

    @Override
    public byte[] getAsOf(byte[] key, Instant time) {
        rights.requireRead();
        Objects.requireNonNull(time, "time");
        return database.histories().getAsOf(this, key, time);
    }

    @Override
    public void merge(byte[] key, byte[] operand) {
        merge(key, operand, null, database.defaultDurability());
    }

    @Override
    public void merge(byte[] key, byte[] operand, WriteOptions options) {
        merge(key, operand, options.ttl(), options.durability());
    }

    /// Tells nothing of what is there: the right to write is enough.
    private void merge(byte[] key, byte[] operand, Duration ttl, Durability durability) {
        Checks.key(key);
        rights.requireWrite();
        updates.change(key, merging(key, operand), ttl, durability);
    }

    /// What merging an operand does to the value.
    final UnaryOperator<byte[]> merging(byte[] key, byte[] operand) {
        Objects.requireNonNull(operand, "operand");
        return database.environment().mergeOperators().merging(core, key, operand);
    }

    // Gathering.

    @Override
    public boolean writePartial(byte[] key, byte[] part) {
        return writePart(key, part, false, null, database.defaultDurability());
    }

    @Override
    public boolean writePartial(byte[] key, byte[] part, WriteOptions options) {
        return writePart(key, part, false, options.ttl(), options.durability());
    }

    @Override
    public boolean writeFinal(byte[] key, byte[] part) {
        return writePart(key, part, true, null, database.defaultDurability());
    }

    @Override
    public boolean writeFinal(byte[] key, byte[] part, WriteOptions options) {
        return writePart(key, part, true, options.ttl(), options.durability());
    }

    /// @param ttl if it is the first part
    private boolean writePart(
            byte[] key, byte[] part, boolean last, Duration ttl, Durability durability) {
        Checks.key(key);
        Checks.value(part);
        rights.requireWrite();
        return updates.addPart(key, part, last, ttl, durability);
    }

    @Override
    public Gathered gathered(byte[] key) {
        Checks.key(key);
        rights.requireRead();
        return updates.gathered(key);
    }

    // Expiry.

    @Override
    public Instant expiresAt(byte[] key) {
        Checks.key(key);
        return find(
                key,
                key.length,
                lookup ->
                        lookup.present() && lookup.expiry != 0
                                ? Instant.ofEpochMilli(lookup.expiry)
                                : null);
    }

    @Override
    public boolean touch(byte[] key, Duration ttl) {
        Checks.key(key);
        rights.requireBoth();
        Objects.requireNonNull(ttl, "ttl");
        Lifetimes.millis(ttl); // or it is refused
        return updates.touch(key, ttl);
    }

    @Override
    public boolean persist(byte[] key) {
        return touch(key, Duration.ZERO);
    }

    // The whole.

    /// Does something with the keyspace that may take its time and reads files: counted as a call.
    final <R> R call(Supplier<R> work) {
        try {
            return counted(work);
        } catch (UncheckedIOException e) {
            throw OpenDatabase.storage(e);
        } catch (InternalError e) {
            throw OpenDatabase.fault(e);
        }
    }

    /// As [#call], for work that runs a caller's code: what that throws is left as it is.
    final <R> R counted(Supplier<R> work) {
        int call = begin();
        try {
            return work.get();
        } finally {
            database.exit(call);
        }
    }

    /// Whether database and keyspace are open: for those who do not count as calls.
    final void checkUsable() {
        database.checkOpen();
        checkNotDropped();
    }

    void checkOpen() {
        database.exit(begin());
    }

    @Override
    public long estimatedCount() {
        return call(core::estimatedCount);
    }

    @Override
    public KeyspaceStats stats() {
        return call(core::stats);
    }
}
