package dev.kvarts.manifest;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspacePolicy;
import dev.kvarts.api.TokenHash;
import dev.kvarts.bytes.Layout;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// The options of a keyspace in the manifest, the same for every shape. Little-endian; durations
/// are in milliseconds.
///
/// | size | field               | meaning                                                    |
/// |-----:|---------------------|------------------------------------------------------------|
/// |    4 | utilisation         | percent                                                    |
/// |    4 | compaction          | 0 unified, 1 leveled, 2 size-tiered, 3 time window         |
/// |    8 | window millis       | of time-window compaction                                  |
/// |    4 | separation          | bytes of the least value that is kept apart                |
/// |    4 | block               | bytes                                                      |
/// |    8 | ttl millis          | how long an entry lives whose write does not say; 0 for ever |
/// |    8 | gather millis       | how long parts of a record are gathered                    |
/// |    8 | history millis      | how far back reads as of a time see; 0 not at all          |
/// |    8 | retention millis    | longest that an entry may live; 0 no limit                 |
/// |    8 | quota bytes         | 0 no limit                                                 |
/// |    8 | quota entries       | 0 no limit                                                 |
/// |    2 | codec size          | bytes                                                      |
/// |    2 | merge operator size | bytes; 0 none                                              |
/// |    2 | write token size    | bytes; 0 none                                              |
/// |    2 | read token size     | then these four: names in UTF-8, salt and SHA-256          |
final class OptionsFormat {
    /// The fixed part.
    static final Layout LAYOUT =
            Layout.begin()
                    .number("utilisation", 4)
                    .number("compaction", 4)
                    .number("window millis", 8)
                    .number("separation", 4)
                    .number("block", 4)
                    .number("ttl millis", 8)
                    .number("gather millis", 8)
                    .number("history millis", 8)
                    .number("retention millis", 8)
                    .number("quota bytes", 8)
                    .number("quota entries", 8)
                    .number("codec size", 2)
                    .number("merge operator size", 2)
                    .number("write token size", 2)
                    .number("read token size", 2);

    private OptionsFormat() {}

    static int sizeMax(KeyspaceOptions options) {
        return (int) LAYOUT.size()
                + 4 * options.codec().length()
                + 4 * options.mergeOperator().length()
                + 2 * TokenHash.SIZE;
    }

    static void encode(KeyspaceOptions options, ByteBuffer out) {
        KeyspacePolicy policy = options.policy();
        out.putInt(options.utilisationPercent()).putInt(options.compaction().ordinal());
        out.putLong(options.window().toMillis());
        out.putInt(options.valueSeparation()).putInt(options.blockBytes());
        out.putLong(options.ttl().toMillis()).putLong(options.gatherWindow().toMillis());
        out.putLong(options.history().toMillis()).putLong(policy.retention().toMillis());
        out.putLong(policy.quotaBytes()).putLong(policy.quotaEntries());
        byte[] codec = options.codec().getBytes(StandardCharsets.UTF_8);
        byte[] operator = options.mergeOperator().getBytes(StandardCharsets.UTF_8);
        byte[] writeToken = policy.writeToken().bytes();
        byte[] readToken = policy.readToken().bytes();
        out.putShort((short) codec.length).putShort((short) operator.length);
        out.putShort((short) writeToken.length).putShort((short) readToken.length);
        out.put(codec).put(operator).put(writeToken).put(readToken);
    }

    /// @throws IllegalArgumentException if a field is out of range
    static KeyspaceOptions decode(ByteBuffer in) {
        int utilisation = in.getInt();
        Compaction compaction = compaction(in.getInt());
        Duration window = millis(in);
        int separation = in.getInt();
        int block = in.getInt();
        Duration ttl = millis(in);
        Duration gather = millis(in);
        Duration history = millis(in);
        Duration retention = millis(in);
        long quotaBytes = in.getLong();
        long quotaEntries = in.getLong();
        int codecSize = size(in);
        int operatorSize = size(in);
        int writeTokenSize = size(in);
        int readTokenSize = size(in);
        String codec = text(in, codecSize);
        String operator = text(in, operatorSize);
        var writeToken = TokenHash.ofBytes(bytes(in, writeTokenSize));
        var readToken = TokenHash.ofBytes(bytes(in, readTokenSize));
        return new KeyspaceOptions(
                utilisation,
                compaction,
                window,
                separation,
                block,
                codec,
                ttl,
                operator,
                gather,
                history,
                new KeyspacePolicy(retention, quotaBytes, quotaEntries, writeToken, readToken));
    }

    static Compaction compaction(int number) {
        if (number < 0 || number >= Compaction.values().length) {
            throw new IllegalArgumentException("unknown compaction=" + number);
        }
        return Compaction.values()[number];
    }

    private static Duration millis(ByteBuffer in) {
        return Duration.ofMillis(in.getLong());
    }

    private static int size(ByteBuffer in) {
        return Short.toUnsignedInt(in.getShort());
    }

    private static String text(ByteBuffer in, int size) {
        return new String(bytes(in, size), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(ByteBuffer in, int size) {
        byte[] bytes = new byte[size];
        in.get(bytes);
        return bytes;
    }
}
