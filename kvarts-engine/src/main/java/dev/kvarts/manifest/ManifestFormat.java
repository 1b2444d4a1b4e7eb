package dev.kvarts.manifest;

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
import java.util.ArrayList;
import java.util.List;

/// The manifest on disk, version 1: one state, whole. Little-endian.
///
/// | size | field           | meaning                                         |
/// |-----:|-----------------|-------------------------------------------------|
/// |    8 | magic           | `KVARTSMF`                                      |
/// |    4 | version         | 1                                               |
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
/// |    4 | shape           | 1 hashed                                        |
/// |    2 | name size       | then the name in UTF-8                          |
/// |    4 | utilisation     | percent                                         |
/// |    4 | partition bits  |                                                 |
/// |    8 | flushed         | sequence number                                 |
/// |    8 | checkpoint      | file number                                     |
/// |    8 | checkpoint run  |                                                 |
/// |    4 | runs            | count, then each: number 8, id 4, file bytes 8, born 8 |
public final class ManifestFormat {
    public static final long MAGIC = 0x464D_5354_5241_564BL; // "KVARTSMF"
    public static final int VERSION = 1;
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

    /// A keyspace from its name to its runs.
    public static final Layout KEYSPACE_REST =
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

    private ManifestFormat() {}

    public static long magic(MemorySegment segment) {
        return segment.get(Bytes.LONG, 0);
    }

    static byte[] encode(ManifestState state) {
        int size = HEADER_SIZE + 8 + 16 * state.logEnds().size();
        for (KeyspaceMeta keyspace : state.keyspaces()) {
            size += 46 + 4 * keyspace.name().length() + 28 * keyspace.runs().size();
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
            out.putInt(keyspace.options().utilisationPercent()).putInt(keyspace.partitionBits());
            out.putLong(keyspace.flushedSequence());
            out.putLong(keyspace.checkpoint()).putLong(keyspace.checkpointRun());
            out.putInt(keyspace.runs().size());
            for (RunMeta run : keyspace.runs()) {
                out.putLong(run.number())
                        .putInt(run.id())
                        .putLong(run.fileBytes())
                        .putLong(run.born());
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
        if (version != VERSION) {
            throw new CorruptionException(
                    "manifest: unknown format version=" + version + " known=" + VERSION, file, 8);
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
        byte[] name = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(name);
        var options = KeyspaceOptions.defaults().withUtilisationPercent(in.getInt());
        int partitionBits = in.getInt();
        long flushed = in.getLong();
        long checkpoint = in.getLong();
        long checkpointRun = in.getLong();
        List<RunMeta> runs = new ArrayList<>();
        for (int i = in.getInt(); i > 0; i--) {
            runs.add(new RunMeta(in.getLong(), in.getInt(), in.getLong(), in.getLong()));
        }
        return new KeyspaceMeta(
                number,
                new String(name, StandardCharsets.UTF_8),
                shape,
                options,
                partitionBits,
                flushed,
                checkpoint,
                checkpointRun,
                runs);
    }
}
