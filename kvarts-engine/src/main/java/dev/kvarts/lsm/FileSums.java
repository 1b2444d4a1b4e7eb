package dev.kvarts.lsm;

import dev.kvarts.table.TableStatistics;
import dev.kvarts.vlog.ValueFile;

/// What the files of a version add up to.
///
/// @param files tables and value files
/// @param storedBytes of them
/// @param liveBytes of keys, of values in tables, and of values in value files that are pointed to;
///   versions that are overwritten in another table are among them
/// @param indexBytes DRAM of filters and block indexes
record FileSums(int files, long storedBytes, long liveBytes, long indexBytes) {
    static FileSums of(Version version) {
        long stored = 0;
        long live = 0;
        long index = 0;
        for (LiveTable table : version.tables()) {
            TableStatistics statistics = table.table.statistics();
            stored += table.meta.fileBytes();
            live += statistics.keyBytes() + statistics.valueBytes();
            index += table.table.memoryBytes();
        }
        for (ValueFile file : version.valueFiles()) {
            stored += file.fileBytes();
            index += file.memoryBytes();
        }
        for (long bytes : version.liveValueBytes().values()) {
            live += bytes;
        }
        return new FileSums(
                version.tables().size() + version.valueFiles().size(), stored, live, index);
    }
}
