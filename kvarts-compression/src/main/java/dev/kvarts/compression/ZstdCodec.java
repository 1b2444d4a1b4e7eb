package dev.kvarts.compression;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;

import dev.kvarts.api.Codec;

import java.lang.foreign.MemorySegment;

/// Zstandard, by zstd-jni: about a third smaller than LZ4, and two to four times slower to restore.
///
/// ```java
/// Options options = Options.defaults().withCodecs(List.of(new ZstdCodec()));
/// KeyspaceOptions cold = KeyspaceOptions.defaults().withCodec("zstd");
/// ```
///
/// A block is one frame without a checksum, since every block has one of its own. The native
/// library is loaded by the first block; a JVM that is to load it without a warning is started with
/// `--enable-native-access=com.github.luben.zstd_jni` (`ALL-UNNAMED` on the class path).
///
/// Thread safety: any number of threads, each with contexts of its own while it works.
public final class ZstdCodec implements Codec, AutoCloseable {
    public static final int LEVEL_MIN = -7;
    public static final int LEVEL_MAX = 22;
    public static final int LEVEL_DEFAULT = 3;

    private final int level;
    private final ContextPool<ZstdCompressCtx> compressors;
    private final ContextPool<ZstdDecompressCtx> decompressors =
            new ContextPool<>(ZstdDecompressCtx::new);

    public ZstdCodec() {
        this(LEVEL_DEFAULT);
    }

    /// @param level [#LEVEL_MIN] is fastest, [#LEVEL_MAX] smallest. Only writing depends on it:
    ///   blocks of any level are read
    public ZstdCodec(int level) {
        if (level < LEVEL_MIN || level > LEVEL_MAX) {
            throw new IllegalArgumentException(
                    "zstd level out of range: level="
                            + level
                            + " min="
                            + LEVEL_MIN
                            + " max="
                            + LEVEL_MAX);
        }
        this.level = level;
        this.compressors = new ContextPool<>(this::newCompressor);
    }

    private ZstdCompressCtx newCompressor() {
        return new ZstdCompressCtx().setLevel(level).setChecksum(false);
    }

    /// 2, for ever.
    @Override
    public int id() {
        return 2;
    }

    @Override
    public String name() {
        return "zstd";
    }

    /// The macro `ZSTD_COMPRESSBOUND` of zstd.h.
    @Override
    public int compressedSizeMax(int size) {
        int small = 128 << 10;
        int margin = size < small ? small - size >> 11 : 0;
        return Math.toIntExact(size + (size >> 8) + (long) margin);
    }

    /// @throws IllegalArgumentException if it does not fit
    @Override
    public int compress(MemorySegment source, MemorySegment target) {
        ZstdCompressCtx context = compressors.take();
        try {
            return context.compressDirectByteBuffer(
                    target.asByteBuffer(),
                    0,
                    Math.toIntExact(target.byteSize()),
                    source.asByteBuffer(),
                    0,
                    Math.toIntExact(source.byteSize()));
        } catch (ZstdException e) {
            throw new IllegalArgumentException("zstd: cannot compress", e);
        } finally {
            compressors.giveBack(context);
        }
    }

    @Override
    public void decompress(MemorySegment source, MemorySegment target) {
        ZstdDecompressCtx context = decompressors.take();
        try {
            long restored =
                    context.decompressDirectByteBuffer(
                            target.asByteBuffer(),
                            0,
                            Math.toIntExact(target.byteSize()),
                            source.asByteBuffer(),
                            0,
                            Math.toIntExact(source.byteSize()));
            if (restored != target.byteSize()) {
                throw new IllegalArgumentException(
                        "zstd: wrong size restored=" + restored + " expected=" + target.byteSize());
            }
        } catch (ZstdException e) {
            throw new IllegalArgumentException("zstd: malformed", e);
        } finally {
            decompressors.giveBack(context);
        }
    }

    /// Frees the native memory of contexts: a megabyte or so per thread that ever worked at once.
    /// Requires: the databases that use it are closed.
    @Override
    public void close() {
        compressors.close();
        decompressors.close();
    }
}
