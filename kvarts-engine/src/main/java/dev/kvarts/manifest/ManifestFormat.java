package dev.kvarts.manifest;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Checksum;
import dev.kvarts.bytes.Layout;
import dev.kvarts.log.LogEnd;

import java.lang.foreign.MemorySegment;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The manifest on disk, version 2: one state, whole. Little-endian.
///
/// | size | field           | meaning                                         |
/// |-----:|-----------------|-------------------------------------------------|
/// |    8 | magic           | `KVARTSMF`                                      |
/// |    4 | version         | 2; 1 had hashed keyspaces alone, as they are now |
/// |    4 | checksum        | CRC32C of all bytes from 16 on                  |
/// |    8 | size            | of the file                                     |
/// |    8 | database        | identity                                        |
/// |    8 | hash seed       |                                                 |
/// |    8 | edit            | counts the states                               |
/// |    4 | next keyspace   |                                                 |
/// |    8 | next file       |                                                 |
/// |    8 | last sequence   |                                                 |
/// |    8 | log floor       | oldest generation needed                        |
/// |    8 | log open        | generation begun by the last opening            |
/// |    4 | log ends        | count, then each: generation 8, offset 8        |
/// |    4 | keyspaces       | count, then each as below                       |
///
/// | size | keyspace        | meaning                                         |
/// |-----:|-----------------|-------------------------------------------------|
/// |    4 | number          |                                                 |
/// |    4 | shape           | 1 hashed, 2 ordered                             |
/// |    2 | name size       | then the name in UTF-8, then what the shape has |
///
/// | size | hashed          | meaning                                         |
/// |-----:|-----------------|-------------------------------------------------|
/// |    4 | utilisation     | percent                                         |
/// |    4 | partition bits  |                                                 |
/// |    8 | flushed         | sequence number                                 |
/// |    8 | checkpoint      | file number                                     |
/// |    8 | checkpoint run  |                                                 |
/// |    4 | runs            | count, then each: number 8, id 4, file bytes 8, born 8 |
///
/// | size | ordered         | meaning                                         |
/// |-----:|-----------------|-------------------------------------------------|
/// |    4 | utilisation     | percent, of value files                         |
/// |    4 | compaction      | 0 unified, 1 leveled, 2 size-tiered, 3 time window |
/// |    8 | window          | milliseconds                                    |
/// |    4 | separation      | bytes of the least value that is kept apart     |
/// |    4 | block           | bytes                                           |
/// |    8 | flushed         | sequence number                                 |
/// |    4 | tables          | count                                           |
/// |    4 | value files     | count                                           |
/// |    2 | codec size      | then its name in UTF-8, the tables (number 8, level 4, run 8, file bytes 8, global sequence 8, oldest 8, newest 8), the value files (number 8, file bytes 8) |
public final class ManifestFormat {
    public static final long MAGIC = 0x464D_5354_5241_564BL; // "KVARTSMF"
    public static final int VERSION = 2;
    private static final int VERSION_MIN = 1;
    public static final String FILE = "manifest";
    public static final String TEMPORARY_FILE = "manifest.new";
    private static final int CHECKSUM_OFFSET = 12;
    private static final int CHECKED_FROM = 16;
    private static final int HEADER_SIZE = 84;

    /// The fixed part, to the number of log ends.
    public static final Layout HEADER =
            Layout.begin()
                    .text("magic", 8)
                    .number("version", 4)
                    .hex("checksum", 4)
                    .number("size", 8)
                    .hex("database", 8)
                    .hex("hash seed", 8)
                    .number("edit", 8)
                    .number("next keyspace", 4)
                    .number("next file", 8)
                    .number("last sequence", 8)
                    .number("log floor", 8)
                    .number("log open", 8)
                    .number("log ends", 4);

    /// One log end.
    public static final Layout LOG_END = Layout.begin().number("generation", 8).number("offset", 8);

    /// What stands between the log ends and the keyspaces.
    public static final Layout KEYSPACES = Layout.begin().number("keyspaces", 4);

    /// A keyspace up to its name.
    public static final Layout KEYSPACE =
            Layout.begin().number("number", 4).number("shape", 4).number("name size", 2);

    /// A hashed keyspace from its name to its runs.
    public static final Layout HASHED_REST =
            Layout.begin()
                    .number("utilisation", 4)
                    .number("partition bits", 4)
                    .number("flushed", 8)
                    .number("checkpoint", 8)
                    .number("checkpoint run", 8)
                    .number("runs", 4);

    /// One run of a keyspace.
    public static final Layout RUN =
            Layout.begin()
                    .number("number", 8)
                    .number("id", 4)
                    .number("file bytes", 8)
                    .number("born", 8);

    /// An ordered keyspace from its name to that of its codec.
    public static final Layout ORDERED_REST =
            Layout.begin()
                    .number("utilisation", 4)
                    .number("compaction", 4)
                    .number("window millis", 8)
                    .number("separation", 4)
                    .number("block", 4)
                    .number("flushed", 8)
                    .number("tables", 4)
                    .number("value files", 4)
                    .number("codec size", 2);

    /// One table of a keyspace.
    public static final Layout TABLE =
            Layout.begin()
                    .number("number", 8)
                    .number("level", 4)
                    .number("run", 8)
                    .number("file bytes", 8)
                    .number("global sequence", 8)
                    .number("oldest millis", 8)
                    .number("newest millis", 8);

    /// One value file of a keyspace.
    public static final Layout VALUE_FILE =
            Layout.begin().number("number", 8).number("file bytes", 8);

    private ManifestFormat() {}

    public static long magic(MemorySegment segment) {
        return segment.get(Bytes.LONG, 0);
    }

    static byte[] encode(ManifestState state) {
        int size = HEADER_SIZE + 8 + 16 * state.logEnds().size();
        for (KeyspaceMeta keyspace : state.keyspaces()) {
            size += sizeMax(keyspace);
        }
        ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(VERSION).putInt(0).putLong(0);
        out.putLong(state.database()).putLong(state.hashSeed()).putLong(state.edit());
        out.putInt(state.nextKeyspace()).putLong(state.nextFile()).putLong(state.lastSequence());
        out.putLong(state.logFloor()).putLong(state.logOpen());
        out.putInt(state.logEnds().size());
        for (LogEnd end : state.logEnds()) {
            out.putLong(end.generation()).putLong(end.offset());
        }
        out.putInt(state.keyspaces().size());
        for (KeyspaceMeta keyspace : state.keyspaces()) {
            byte[] name = keyspace.name().getBytes(StandardCharsets.UTF_8);
            out.putInt(keyspace.number()).putInt(keyspace.shape());
            out.putShort((short) name.length).put(name);
            switch (keyspace) {
                case HashedMeta hashed -> encodeRest(hashed, out);
                case OrderedMeta ordered -> encodeRest(ordered, out);
            }
        }
        byte[] bytes = new byte[out.position()];
        out.putLong(CHECKED_FROM, bytes.length);
        out.flip().get(bytes);
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(CHECKSUM_OFFSET, checksum(bytes));
        return bytes;
    }

    private static int sizeMax(KeyspaceMeta keyspace) {
        int size = (int) KEYSPACE.size() + 4 * keyspace.name().length();
        return switch (keyspace) {
            case HashedMeta hashed ->
                    size + (int) (HASHED_REST.size() + RUN.size() * hashed.runs().size());
            case OrderedMeta ordered ->
                    size
                            + 4 * ordered.options().codec().length()
                            + (int)
                                    (ORDERED_REST.size()
                                            + TABLE.size() * ordered.tables().size()
                                            + VALUE_FILE.size() * ordered.valueFiles().size());
        };
    }

    private static void encodeRest(HashedMeta keyspace, ByteBuffer out) {
        out.putInt(keyspace.options().utilisationPercent()).putInt(keyspace.partitionBits());
        out.putLong(keyspace.flushedSequence());
        out.putLong(keyspace.checkpoint()).putLong(keyspace.checkpointRun());
        out.putInt(keyspace.runs().size());
        for (RunMeta run : keyspace.runs()) {
            out.putLong(run.number()).putInt(run.id()).putLong(run.fileBytes()).putLong(run.born());
        }
    }

    private static void encodeRest(OrderedMeta keyspace, ByteBuffer out) {
        KeyspaceOptions options = keyspace.options();
        byte[] codec = options.codec().getBytes(StandardCharsets.UTF_8);
        out.putInt(options.utilisationPercent()).putInt(options.compaction().ordinal());
        out.putLong(options.window().toMillis());
        out.putInt(options.valueSeparation()).putInt(options.blockBytes());
        out.putLong(keyspace.flushedSequence());
        out.putInt(keyspace.tables().size()).putInt(keyspace.valueFiles().size());
        out.putShort((short) codec.length).put(codec);
        for (TableMeta table : keyspace.tables()) {
            out.putLong(table.number()).putInt(table.level()).putLong(table.run());
            out.putLong(table.fileBytes()).putLong(table.globalSequence());
            out.putLong(table.oldestMillis()).putLong(table.newestMillis());
        }
        for (ValueFileMeta file : keyspace.valueFiles()) {
            out.putLong(file.number()).putLong(file.fileBytes());
        }
    }

    private static int checksum(byte[] bytes) {
        return Checksum.crc32c(
                MemorySegment.ofArray(bytes), CHECKED_FROM, bytes.length - CHECKED_FROM);
    }

    /// Reads a state.
    ///
    /// @throws CorruptionException if the bytes are not a manifest, whole and of this version
    public static ManifestState decode(byte[] bytes, String file) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < HEADER_SIZE || in.getLong() != MAGIC) {
            throw new CorruptionException("manifest: not a manifest", file, 0);
        }
        int version = in.getInt();
        if (in.getInt() != checksum(bytes)) {
            throw new CorruptionException("manifest: checksum mismatch", file, CHECKSUM_OFFSET);
        }
        if (version < VERSION_MIN || version > VERSION) {
            throw new CorruptionException(
                    "manifest: unknown format version="
                            + version
                            + " known="
                            + VERSION_MIN
                            + ".."
                            + VERSION,
                    file,
                    8);
        }
        if (in.getLong() != bytes.length) {
            throw new CorruptionException("manifest: size mismatch", file, CHECKED_FROM);
        }
        try {
            return decodeState(in);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new CorruptionException("manifest: field out of range", file, in.position(), e);
        }
    }

    private static ManifestState decodeState(ByteBuffer in) {
        long database = in.getLong();
        long hashSeed = in.getLong();
        long edit = in.getLong();
        int nextKeyspace = in.getInt();
        long nextFile = in.getLong();
        long lastSequence = in.getLong();
        long logFloor = in.getLong();
        long logOpen = in.getLong();
        List<LogEnd> ends = new ArrayList<>();
        for (int i = in.getInt(); i > 0; i--) {
            ends.add(new LogEnd(in.getLong(), in.getLong()));
        }
        List<KeyspaceMeta> keyspaces = new ArrayList<>();
        for (int i = in.getInt(); i > 0; i--) {
            keyspaces.add(decodeKeyspace(in));
        }
        return new ManifestState(
                database,
                hashSeed,
                edit,
                nextKeyspace,
                nextFile,
                lastSequence,
                logFloor,
                logOpen,
                ends,
                keyspaces);
    }

    private static KeyspaceMeta decodeKeyspace(ByteBuffer in) {
        int number = in.getInt();
        int shape = in.getInt();
        String name = text(in);
        return switch (shape) {
            case KeyspaceMeta.HASHED -> decodeHashed(number, name, in);
            case KeyspaceMeta.ORDERED -> decodeOrdered(number, name, in);
            default -> throw new IllegalArgumentException("unknown shape=" + shape);
        };
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static HashedMeta decodeHashed(int number, String name, ByteBuffer in) {
        var options = KeyspaceOptions.defaults().withUtilisationPercent(in.getInt());
        int partitionBits = in.getInt();
        long flushed = in.getLong();
        long checkpoint = in.getLong();
        long checkpointRun = in.getLong();
        List<RunMeta> runs = new ArrayList<>();
        for (int i = in.getInt(); i > 0; i--) {
            runs.add(new RunMeta(in.getLong(), in.getInt(), in.getLong(), in.getLong()));
        }
        return new HashedMeta(
                number, name, options, partitionBits, flushed, checkpoint, checkpointRun, runs);
    }

    private static OrderedMeta decodeOrdered(int number, String name, ByteBuffer in) {
        int utilisation = in.getInt();
        int compaction = in.getInt();
        if (compaction < 0 || compaction >= Compaction.values().length) {
            throw new IllegalArgumentException("unknown compaction=" + compaction);
        }
        Duration window = Duration.ofMillis(in.getLong());
        int separation = in.getInt();
        int block = in.getInt();
        long flushed = in.getLong();
        int tableCount = in.getInt();
        int valueFileCount = in.getInt();
        var options =
                new KeyspaceOptions(
                        utilisation,
                        Compaction.values()[compaction],
                        window,
                        separation,
                        block,
                        text(in));
        List<TableMeta> tables = new ArrayList<>();
        for (int i = tableCount; i > 0; i--) {
            tables.add(
                    new TableMeta(
                            in.getLong(),
                            in.getInt(),
                            in.getLong(),
                            in.getLong(),
                            in.getLong(),
                            in.getLong(),
                            in.getLong()));
        }
        List<ValueFileMeta> valueFiles = new ArrayList<>();
        for (int i = valueFileCount; i > 0; i--) {
            valueFiles.add(new ValueFileMeta(in.getLong(), in.getLong()));
        }
        return new OrderedMeta(number, name, options, flushed, tables, valueFiles);
    }
}
