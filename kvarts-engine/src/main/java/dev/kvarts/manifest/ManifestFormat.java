package dev.kvarts.manifest;

import dev.kvarts.api.CorruptionException;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.bytes.Bytes;
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
import java.util.zip.CRC32C;

/// The manifest on disk, version 3: one state, whole. Little-endian.
///
/// | size | field           | meaning                                         |
/// |-----:|-----------------|-------------------------------------------------|
/// |    8 | magic           | `KVARTSMF`                                      |
/// |    4 | version         | 3; 2 had fewer options and no clock, 1 hashed keyspaces alone |
/// |    4 | checksum        | CRC32C of all other bytes; before version 3 of those from 16 on |
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
/// |    8 | clock           | what time it was at least, milliseconds since 1970; not before version 3 |
/// |    4 | keyspaces       | count, then each as below                       |
///
/// | size | keyspace        | meaning                                         |
/// |-----:|-----------------|-------------------------------------------------|
/// |    4 | number          |                                                 |
/// |    4 | shape           | 1 hashed, 2 ordered                             |
/// |    2 | name size       | then the name in UTF-8, the options ([OptionsFormat]), what the shape has |
///
/// | size | hashed          | meaning                                         |
/// |-----:|-----------------|-------------------------------------------------|
/// |    4 | partition bits  |                                                 |
/// |    8 | flushed         | sequence number                                 |
/// |    8 | checkpoint      | file number                                     |
/// |    8 | checkpoint run  |                                                 |
/// |    4 | runs            | count, then each: number 8, id 4, file bytes 8, born 8 |
///
/// | size | ordered         | meaning                                         |
/// |-----:|-----------------|-------------------------------------------------|
/// |    8 | flushed         | sequence number                                 |
/// |    4 | tables          | count                                           |
/// |    4 | value files     | count, then the tables (number 8, level 4, run 8, file bytes 8, global sequence 8, oldest 8, newest 8), the value files (number 8, file bytes 8) |
///
/// Before version 3 the options stood in what the shape has: [#HASHED_REST_2], [#ORDERED_REST_2].
public final class ManifestFormat {
    public static final long MAGIC = 0x464D_5354_5241_564BL; // "KVARTSMF"
    public static final int VERSION = 3;
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
    public static final Layout KEYSPACES =
            Layout.begin().number("clock millis", 8).number("keyspaces", 4);

    /// The same before version 3.
    public static final Layout KEYSPACES_2 = Layout.begin().number("keyspaces", 4);

    /// A keyspace up to its name.
    public static final Layout KEYSPACE =
            Layout.begin().number("number", 4).number("shape", 4).number("name size", 2);

    /// Its options, up to their names and tokens: of the codec, of the merge operator, for writing,
    /// for reading.
    public static final Layout OPTIONS = OptionsFormat.LAYOUT;

    /// A hashed keyspace from its options to its runs.
    public static final Layout HASHED_REST =
            Layout.begin()
                    .number("partition bits", 4)
                    .number("flushed", 8)
                    .number("checkpoint", 8)
                    .number("checkpoint run", 8)
                    .number("runs", 4);

    /// From its name to its runs before version 3.
    public static final Layout HASHED_REST_2 =
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

    /// An ordered keyspace from its options to its tables.
    public static final Layout ORDERED_REST =
            Layout.begin().number("flushed", 8).number("tables", 4).number("value files", 4);

    /// From its name to that of its codec before version 3.
    public static final Layout ORDERED_REST_2 =
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

    public static byte[] encode(ManifestState state) {
        int size = HEADER_SIZE + 16 + 16 * state.logEnds().size();
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
        out.putLong(state.clockMillis()).putInt(state.keyspaces().size());
        for (KeyspaceMeta keyspace : state.keyspaces()) {
            byte[] name = keyspace.name().getBytes(StandardCharsets.UTF_8);
            out.putInt(keyspace.number()).putInt(keyspace.shape());
            out.putShort((short) name.length).put(name);
            OptionsFormat.encode(keyspace.options(), out);
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
                .putInt(CHECKSUM_OFFSET, checksum(bytes, VERSION));
        return bytes;
    }

    private static int sizeMax(KeyspaceMeta keyspace) {
        int size =
                (int) KEYSPACE.size()
                        + 4 * keyspace.name().length()
                        + OptionsFormat.sizeMax(keyspace.options());
        return switch (keyspace) {
            case HashedMeta hashed ->
                    size + (int) (HASHED_REST.size() + RUN.size() * hashed.runs().size());
            case OrderedMeta ordered ->
                    size
                            + (int)
                                    (ORDERED_REST.size()
                                            + TABLE.size() * ordered.tables().size()
                                            + VALUE_FILE.size() * ordered.valueFiles().size());
        };
    }

    private static void encodeRest(HashedMeta keyspace, ByteBuffer out) {
        out.putInt(keyspace.partitionBits()).putLong(keyspace.flushedSequence());
        out.putLong(keyspace.checkpoint()).putLong(keyspace.checkpointRun());
        out.putInt(keyspace.runs().size());
        for (RunMeta run : keyspace.runs()) {
            out.putLong(run.number()).putInt(run.id()).putLong(run.fileBytes()).putLong(run.born());
        }
    }

    private static void encodeRest(OrderedMeta keyspace, ByteBuffer out) {
        out.putLong(keyspace.flushedSequence());
        out.putInt(keyspace.tables().size()).putInt(keyspace.valueFiles().size());
        for (TableMeta table : keyspace.tables()) {
            out.putLong(table.number()).putInt(table.level()).putLong(table.run());
            out.putLong(table.fileBytes()).putLong(table.globalSequence());
            out.putLong(table.oldestMillis()).putLong(table.newestMillis());
        }
        for (ValueFileMeta file : keyspace.valueFiles()) {
            out.putLong(file.number()).putLong(file.fileBytes());
        }
    }

    /// Before version 3 the version itself was not covered: taken for an older one, a manifest
    /// could have been misread.
    private static int checksum(byte[] bytes, int version) {
        var checksum = new CRC32C();
        if (version >= 3) {
            checksum.update(bytes, 0, CHECKSUM_OFFSET);
        }
        checksum.update(bytes, CHECKED_FROM, bytes.length - CHECKED_FROM);
        return (int) checksum.getValue();
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
        if (in.getInt() != checksum(bytes, version)) {
            throw new CorruptionException("manifest: checksum mismatch", file, CHECKSUM_OFFSET);
        }
        if (in.getLong() != bytes.length) {
            throw new CorruptionException("manifest: size mismatch", file, CHECKED_FROM);
        }
        try {
            ManifestState state = decodeState(in, version);
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("bytes behind the last keyspace");
            }
            return state;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new CorruptionException("manifest: field out of range", file, in.position(), e);
        }
    }

    private static ManifestState decodeState(ByteBuffer in, int version) {
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
        long clock = version < 3 ? 0 : in.getLong();
        List<KeyspaceMeta> keyspaces = new ArrayList<>();
        for (int i = in.getInt(); i > 0; i--) {
            keyspaces.add(decodeKeyspace(in, version));
        }
        return new ManifestState(
                database,
                hashSeed,
                edit,
                nextKeyspace,
                nextFile,
                lastSequence,
                clock,
                logFloor,
                logOpen,
                ends,
                keyspaces);
    }

    private static KeyspaceMeta decodeKeyspace(ByteBuffer in, int version) {
        int number = in.getInt();
        int shape = in.getInt();
        String name = text(in);
        KeyspaceOptions options = version < 3 ? null : OptionsFormat.decode(in);
        return switch (shape) {
            case KeyspaceMeta.HASHED -> decodeHashed(number, name, options, in);
            case KeyspaceMeta.ORDERED ->
                    options == null
                            ? decodeOrdered2(number, name, in)
                            : decodeOrdered(number, name, options, in);
            default -> throw new IllegalArgumentException("unknown shape=" + shape);
        };
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// @param common its options; null before version 3, when it had one of its own
    private static HashedMeta decodeHashed(
            int number, String name, KeyspaceOptions common, ByteBuffer in) {
        var options =
                common != null
                        ? common
                        : KeyspaceOptions.defaults().withUtilisationPercent(in.getInt());
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

    private static OrderedMeta decodeOrdered(
            int number, String name, KeyspaceOptions options, ByteBuffer in) {
        long flushed = in.getLong();
        int tableCount = in.getInt();
        int valueFileCount = in.getInt();
        return decodeTree(number, name, options, flushed, tableCount, valueFileCount, in);
    }

    private static OrderedMeta decodeOrdered2(int number, String name, ByteBuffer in) {
        var options =
                KeyspaceOptions.defaults()
                        .withUtilisationPercent(in.getInt())
                        .withCompaction(OptionsFormat.compaction(in.getInt()))
                        .withWindow(Duration.ofMillis(in.getLong()))
                        .withValueSeparation(in.getInt())
                        .withBlockBytes(in.getInt());
        long flushed = in.getLong();
        int tableCount = in.getInt();
        int valueFileCount = in.getInt();
        return decodeTree(
                number, name, options.withCodec(text(in)), flushed, tableCount, valueFileCount, in);
    }

    private static OrderedMeta decodeTree(
            int number,
            String name,
            KeyspaceOptions options,
            long flushed,
            int tableCount,
            int valueFileCount,
            ByteBuffer in) {
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
