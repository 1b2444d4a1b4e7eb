package dev.kvarts.lsm;

import dev.kvarts.api.Range;
import dev.kvarts.manifest.Environment;

/// Picks compactions and carries them out.
final class CompactionJob {
    CompactionJob(LsmKeyspace keyspace, Environment environment, Maintenance maintenance) {}

    double lag() {
        return 0;
    }

    boolean runOnce() {
        return false;
    }

    void runRange(Range range) {}
}
