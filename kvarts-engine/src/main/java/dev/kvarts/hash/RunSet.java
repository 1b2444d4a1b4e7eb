package dev.kvarts.hash;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The runs that are open, by the id that maplets call them.
///
/// Thread safety: any number of readers; changed by one job at a time.
final class RunSet {
    static final int IDS = 256;

    private volatile Run[] byId = new Run[IDS];

    Run get(int id) {
        return byId[id];
    }

    Run[] all() {
        return byId;
    }

    void add(Run run) {
        Run[] next = byId.clone();
        next[run.id] = run;
        byId = next;
    }

    void remove(Run run) {
        Run[] next = byId.clone();
        next[run.id] = null;
        byId = next;
    }

    /// A free id, or -1.
    int freeId() {
        Run[] present = byId;
        for (int id = 0; id < IDS; id++) {
            if (present[id] == null) {
                return id;
            }
        }
        return -1;
    }

    /// In ascending order of their numbers.
    List<Run> sorted() {
        List<Run> list = new ArrayList<>();
        for (Run run : byId) {
            if (run != null) {
                list.add(run);
            }
        }
        list.sort(Comparator.comparingLong(run -> run.number));
        return list;
    }

    int count() {
        int count = 0;
        for (Run run : byId) {
            count += run == null ? 0 : 1;
        }
        return count;
    }

    /// About how many records live that have not expired by a time.
    long liveRecords(long millis) {
        long sum = 0;
        for (Run run : byId) {
            sum += run == null ? 0 : run.liveRecords(millis);
        }
        return sum;
    }

    long liveBytes() {
        long sum = 0;
        for (Run run : byId) {
            sum += run == null ? 0 : run.liveBytes();
        }
        return sum;
    }

    long dataBytes() {
        long sum = 0;
        for (Run run : byId) {
            sum += run == null ? 0 : run.dataBytes();
        }
        return sum;
    }

    long fileBytes() {
        long sum = 0;
        for (Run run : byId) {
            sum += run == null ? 0 : run.fileBytes;
        }
        return sum;
    }
}
