package dev.kvarts.testkit;

import dev.kvarts.Kvarts;
import dev.kvarts.api.Database;
import dev.kvarts.api.Durability;
import dev.kvarts.api.Entry;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.api.Range;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// A process that writes until it is killed, and says on its output which step it has been
/// acknowledged.
///
/// Step `n` changes slot `n % SLOTS` of a hashed and of an ordered keyspace and the number of the
/// last step in another, in one batch. So whoever reads the number of the last step knows what
/// every slot must hold. A second ordered keyspace keeps the last [#KEPT] steps: each batch adds
/// one and removes the range of those before; now and then as many are ingested ahead, in the place
/// of the step's own.
final class KillWriter {
    static final int SLOTS = 499;
    static final int KEPT = 100;
    static final byte[] LAST = "last".getBytes(StandardCharsets.US_ASCII);

    private KillWriter() {}

    static Options options() {
        return Options.defaults()
                .withMemory(16 << 20)
                .withMemoryStore(128 << 10)
                .withLogSegmentBytes(256 << 10);
    }

    /// Arguments: directory, durability.
    public static void main(String[] arguments) throws IOException {
        var durability = Durability.valueOf(arguments[1]);
        var acknowledged = new DataOutputStream(System.out);
        try (Database database = Kvarts.open(Path.of(arguments[0]), options())) {
            Keyspace slots = database.hashed("slots");
            Keyspace numbers = database.hashed("numbers");
            OrderedKeyspace ordered = database.ordered("ordered", small());
            OrderedKeyspace kept = database.ordered("kept", small());
            long step = last(numbers);
            while (true) {
                step++;
                var batch = database.batch();
                if (step % 64 == 0 && kept.get(keptKey(step)) == null) {
                    kept.ingest(List.of(new Entry(keptKey(step), keptValue(step))).iterator());
                } else {
                    batch.put(kept, keptKey(step), keptValue(step));
                }
                batch.deleteRange(kept, Range.lessThan(keptKey(Math.max(0, step - KEPT + 1))));
                byte[] value = value(step);
                if (value == null) {
                    batch.delete(slots, key(step)).delete(ordered, key(step));
                } else {
                    batch.put(slots, key(step), value).put(ordered, key(step), value);
                }
                batch.put(numbers, LAST, number(step));
                database.write(batch, durability);
                acknowledged.writeLong(step);
                acknowledged.flush();
            }
        }
    }

    /// Values of both sizes, and many compactions.
    private static KeyspaceOptions small() {
        return KeyspaceOptions.defaults()
                .withBlockBytes(KeyspaceOptions.BLOCK_BYTES_MIN)
                .withValueSeparation(400);
    }

    static long last(Keyspace numbers) {
        byte[] last = numbers.get(LAST);
        return last == null ? 0 : ByteBuffer.wrap(last).getLong();
    }

    static byte[] key(long step) {
        return ("slot-" + step % SLOTS).getBytes(StandardCharsets.US_ASCII);
    }

    /// In the order of the steps.
    static byte[] keptKey(long step) {
        return number(step);
    }

    static byte[] keptValue(long step) {
        byte[] value = new byte[8 + (int) (step % 7 * 100)];
        ByteBuffer.wrap(value).putLong(step);
        return value;
    }

    private static byte[] number(long step) {
        return ByteBuffer.allocate(Long.BYTES).putLong(step).array();
    }

    /// What a slot holds after this step; null if the step deletes it.
    static byte[] value(long step) {
        if (step % 13 == 0) {
            return null;
        }
        byte[] value = new byte[8 + (int) (step * 31 % 600)];
        ByteBuffer.wrap(value).putLong(step);
        for (int i = 8; i < value.length; i++) {
            value[i] = (byte) (step + i);
        }
        return value;
    }
}
