package dev.kvarts.vlog;

/// Counts records for a [ValueFileStatistics].
public final class ValueFileCount {
    private long records;
    private long keyBytes;
    private long valueBytes;
    private long storedBytes;
    private long smallestRecord = Long.MAX_VALUE;

    public void add(int keySize, long valueSize, long storedSize) {
        records++;
        keyBytes += keySize;
        valueBytes += valueSize;
        storedBytes += storedSize;
        smallestRecord = Math.min(smallestRecord, ValueFileFormat.recordSize(keySize, storedSize));
    }

    long records() {
        return records;
    }

    public ValueFileStatistics statistics() {
        return new ValueFileStatistics(
                records, keyBytes, valueBytes, storedBytes, records == 0 ? 0 : smallestRecord);
    }
}
