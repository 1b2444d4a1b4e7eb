package dev.kvarts.bench;

import java.util.Locale;

/// What is measured of a workload. A store that cannot tell a figure leaves it out.
enum Figure {
    OPS("ops/s", "ops", Style.COUNT, "operations per second, all threads together"),
    P50("p50 us", "p50_us", Style.MICROS, "median time of an operation"),
    P99("p99 us", "p99_us", Style.MICROS, "99 % of operations took no longer"),
    P999("p99.9 us", "p999_us", Style.MICROS, "99.9 % of operations took no longer"),
    MAX("max us", "max_us", Style.MICROS, "the slowest operation of those timed"),
    STALL(
            "stall ms",
            "longest_stall_ms",
            Style.RATIO,
            "the longest time in which a writing thread got nothing done: its slowest write, every"
                    + " one counted, those that were not timed up to 16 together"),
    ENTRIES("entries/s", "entries", Style.COUNT, "entries per second that walks from keys met"),
    ABORTED(
            "aborted",
            "aborted_per_commit",
            Style.FINE,
            "attempts of transactions that met a conflict, per transaction that committed"),
    SYNCS(
            "syncs/s",
            "log_syncs",
            Style.COUNT,
            "times per second that the log was forced to the device, counted by the store"),
    GROUP("group", "writes_per_sync", Style.RATIO, "writes made durable by one force of the log"),
    DEVICE_MAPPED(
            "dev map/s",
            "device_forces_mapped",
            Style.COUNT,
            "forces per second of a mapped, preallocated file by one thread that does nothing else,"
                    + " before and after, of a write of each calling thread at a time"),
    DEVICE_CHANNEL(
            "dev chan/s",
            "device_forces_channel",
            Style.COUNT,
            "the same through a channel: write, then force(false)"),
    DEVICE_SHARE(
            "of device",
            "device_share",
            Style.PERCENT,
            "operations by what there would be if the faster of these two loops took a write of"
                    + " each calling thread with every force"),
    SAMPLED("timed", "timed_share", Style.PERCENT, "share of operations that were timed"),
    FOUND("found", "found_share", Style.PERCENT, "share of reads that found their key"),
    WRITES(
            "writes/s",
            "background_writes",
            Style.COUNT,
            "writes per second of the writing thread of readwhilewriting"),
    TURNS(
            "turns/s",
            "turns_beside",
            Style.COUNT,
            "times per second that a thread beside the writers has read a few keys"),
    VIEWS(
            "views",
            "kept_views",
            Style.COUNT,
            "flushes from before which a snapshot kept the view, when the workload had ended"),
    WA_STORE(
            "WA store",
            "wa_store",
            Style.RATIO,
            "bytes of data files written per byte of key and value, counted by the store, its log"
                    + " not among them"),
    WA_PROCESS(
            "WA proc",
            "wa_process",
            Style.RATIO,
            "bytes that the process caused to be written (write_bytes of /proc/self/io) per byte of"
                    + " key and value"),
    WA_DEVICE(
            "WA dev",
            "wa_device",
            Style.RATIO,
            "bytes written to the block device, by anybody, settling and syncing included, per byte"
                    + " of key and value"),
    SPACE(
            "space",
            "space_amplification",
            Style.RATIO,
            "bytes of its files per byte of live key and value, settled"),
    DATA_SPACE(
            "data files",
            "data_file_bytes_per_byte",
            Style.RATIO,
            "bytes of data files, logs not among them, per byte of live key and value, settled;"
                    + " counted by the store"),
    LEFT(
            "left",
            "entries_left",
            Style.COUNT,
            "entries afterwards, counted by a walk; with --verify"),
    READS_HIT(
            "rd/hit",
            "reads_per_hit",
            Style.FINE,
            "data reads per lookup that found its key in a file, counted by the store"),
    READS_MISS(
            "rd/miss",
            "reads_per_miss",
            Style.FINE,
            "data reads per lookup that found nothing, counted by the store"),
    DEVICE_READS(
            "dev rd",
            "device_reads_per_op",
            Style.FINE,
            "reads completed by the block device per operation"),
    READ_BYTES(
            "rd B",
            "read_bytes_per_op",
            Style.COUNT,
            "bytes that the process caused to be read from the device per operation"),
    SYSCALLS("sysc", "io_syscalls_per_op", Style.FINE, "read and write system calls per operation"),
    INDEX(
            "B/key",
            "index_bytes_per_key",
            Style.RATIO,
            "memory for finding a key: index and filters, counted by the store"),
    RUNS(
            "runs",
            "sorted_runs",
            Style.COUNT,
            "files or sorted runs that a lookup may have to look into, counted by the store"),
    ANON(
            "anon MiB",
            "rss_anon_mib",
            Style.COUNT,
            "anonymous memory of the process, heap included; mapped files are not in it"),
    CPU(
            "CPU s/M",
            "cpu_seconds_per_million",
            Style.RATIO,
            "CPU seconds of the process per million operations, background work during them"
                    + " included"),
    ALLOC(
            "alloc B",
            "allocated_bytes_per_op",
            Style.COUNT,
            "heap bytes that the calling threads allocated per operation"),
    GC("GC ms", "gc_millis", Style.COUNT, "time of garbage collections during the operations"),
    SETTLE(
            "settle s",
            "settle_seconds",
            Style.RATIO,
            "time to flush and to finish background work afterwards, not in ops/s");

    private enum Style {
        COUNT,
        MICROS,
        PERCENT,
        RATIO,
        FINE
    }

    /// Head of its column.
    final String title;

    /// Its name in JSON.
    final String json;

    final String description;
    private final Style style;

    Figure(String title, String json, Style style, String description) {
        this.title = title;
        this.json = json;
        this.style = style;
        this.description = description;
    }

    String format(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        return switch (style) {
            case COUNT -> value != 0 && value < 10 ? decimals(value, 1) : decimals(value, 0);
            case MICROS -> decimals(value, value < 10 ? 2 : value < 1000 ? 1 : 0);
            case PERCENT -> decimals(100 * value, value == 1 || value == 0 ? 0 : 2) + "%";
            case RATIO -> decimals(value, 2);
            case FINE -> decimals(value, 3);
        };
    }

    private static String decimals(double value, int decimals) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
