package dev.kvarts.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the operating system and the JVM count for this process. NaN where the machine does not
/// say.
record ProcessProbe(
        double cpuNanos,
        double gcMillis,
        double readBytes,
        double writtenBytes,
        double systemCalls,
        double anonymousBytes) {

    static ProcessProbe now() {
        double cpu =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                        .getProcessCpuTime();
        double gc = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            gc += Math.max(0, collector.getCollectionTime());
        }
        Path io = Path.of("/proc/self/io");
        return new ProcessProbe(
                cpu,
                gc,
                field(io, "read_bytes:"),
                field(io, "write_bytes:"),
                field(io, "syscr:") + field(io, "syscw:"),
                field(Path.of("/proc/self/status"), "RssAnon:") * 1024);
    }

    /// Bytes this thread has allocated on the heap.
    static long allocatedBytes() {
        return ManagementFactory.getPlatformMXBean(ThreadMXBean.class)
                .getCurrentThreadAllocatedBytes();
    }

    static double field(Path file, String name) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(name)) {
                    return Double.parseDouble(
                            line.substring(name.length()).trim().split("\\s+", -1)[0]);
                }
            }
        } catch (IOException e) {
            // Not a Linux, or not allowed: the figure stays blank.
        }
        return Double.NaN;
    }
}
