package dev.kvarts.bench.loops;

import dev.kvarts.log.LogFormat;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/// The rival of [LogAppend]: a system call that writes as many bytes, made ready beforehand,
/// without a lock or a checksum. The file is written over and over, as the log's segments are.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChannelWrite {
    static final long FILE_BYTES = 4 * LogAppend.SEGMENT_BYTES;

    FileChannel channel;
    private final ByteBuffer entry = record(LogAppend.ENTRY_BYTES);
    private final ByteBuffer batch = record(LogAppend.BATCH_BYTES);
    private TemporaryFolder folder;
    private long end;

    private static ByteBuffer record(long payload) {
        return ByteBuffer.allocateDirect((int) LogFormat.recordSize(payload));
    }

    @Setup
    public void open() throws IOException {
        folder = TemporaryFolder.create();
        channel =
                FileChannel.open(
                        folder.path().resolve("file"),
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE);
        var zeros = ByteBuffer.allocateDirect(1 << 20);
        for (long at = 0; at < FILE_BYTES; at += zeros.capacity()) {
            channel.write(zeros.clear(), at);
        }
    }

    @TearDown
    public void close() throws IOException {
        channel.close();
        folder.close();
    }

    @Benchmark
    public int entry() throws IOException {
        return write(entry);
    }

    @Benchmark
    public int batch() throws IOException {
        return write(batch);
    }

    private int write(ByteBuffer record) throws IOException {
        if (end + record.capacity() > FILE_BYTES) {
            end = 0;
        }
        int written = channel.write(record.clear(), end);
        end += written;
        return written;
    }
}
