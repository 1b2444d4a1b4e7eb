package dev.kvarts.testkit.isolation;

import java.util.Arrays;

/// Checks a history of lists that are only appended to, and read as a whole.
///
/// A list tells its own past: whoever reads `[a b c]` knows that the version `[a b]` came before,
/// and who wrote each of them. So the longest read of a key is the order of its versions, every
/// other read must be the beginning of it, and all dependencies follow. For nothing to remain
/// unknown a history ends with a transaction that reads all keys.
public final class ListAppendChecker {
    private final History history;
    private final Findings findings;
    private final Transcript transcript;
    private final Versions versions;
    private final Dependencies dependencies;
    private final Operations operations;
    private final Operations others;

    // The order of versions, without those of aborted transactions.
    private final int[] longest; // by key: the read that tells it, or -1
    private final int[] firstPlaces; // by key, and one more: where its order begins
    private final int[] order; // versions
    private final int[] places; // by version: place in the order of its key, from 1; 0: unknown

    private ListAppendChecker(History history) {
        this.history = history;
        findings = new Findings(history);
        transcript = new Transcript(history, findings, true);
        versions = new Versions(history);
        dependencies = new Dependencies(history);
        operations = new Operations(history);
        others = new Operations(history);
        longest = new int[history.keys()];
        firstPlaces = new int[history.keys() + 1];
        order = new int[history.versions()];
        places = new int[history.versions()];
    }

    /// Checks the history.
    ///
    /// Thread safety: any.
    public static Verdict check(History history, Level level) {
        var checker = new ListAppendChecker(history);
        checker.findLongest();
        checker.findOrder();
        checker.checkReads();
        checker.versions.overwrites(checker.dependencies);
        long edges = checker.dependencies.size();
        new CycleSearch(history, checker.dependencies, checker.findings).search(level);
        return checker.findings.verdict(level, edges);
    }

    private void findLongest() {
        Arrays.fill(longest, -1);
        for (int read = 0; read < transcript.size(); read++) {
            if (!history.isCommitted(transcript.transaction(read))) {
                continue;
            }
            transcript.go(read, operations);
            int key = operations.key();
            int before = longest[key];
            if (before < 0 || isLonger(read, before)) {
                longest[key] = read;
            }
        }
    }

    private boolean isLonger(int read, int before) {
        int difference = transcript.elements(read) - transcript.elements(before);
        return difference > 0 || difference == 0 && began(read) > began(before);
    }

    private long began(int read) {
        return history.beginTime(transcript.transaction(read));
    }

    private void findOrder() {
        int size = 0;
        for (int key = 0; key < history.keys(); key++) {
            firstPlaces[key] = size;
            int elements = 0;
            if (longest[key] >= 0) {
                transcript.go(longest[key], operations);
                elements = transcript.elements(longest[key]);
            }
            for (int i = 0; i < elements; i++) {
                int version = history.version(operations.element(i));
                if (!isOfKey(version, key) || history.isVoid(version) || places[version] != 0) {
                    continue; // its reader is told of below
                }
                if (size == firstPlaces[key]) {
                    versions.head(version);
                } else {
                    versions.follow(order[size - 1], version);
                }
                order[size++] = version;
                places[version] = size - firstPlaces[key];
            }
        }
        firstPlaces[history.keys()] = size;
    }

    private boolean isOfKey(int version, int key) {
        return version >= 0 && history.keyOf(version) == key;
    }

    private void garbage(int reader, int key, int element, String why) {
        String what = history.name(reader) + " reads in key " + key + " ";
        findings.add(
                AnomalyKind.GARBAGE_READ, what + why + ": " + History.elementName(element), reader);
    }

    private void checkReads() {
        int[] replacers = new int[order.length + history.keys() + 1]; // by version that was seen
        Arrays.fill(replacers, -1);
        boolean[] told = new boolean[history.versions()]; // lost, and accounted for
        for (int read = 0; read < transcript.size(); read++) {
            int matched = matched(read);
            if (matched < 0) {
                continue;
            }
            int reader = transcript.transaction(read);
            int key = operations.key();
            int seen = matched == 0 ? Versions.INITIAL : order[firstPlaces[key] + matched - 1];
            boolean scanned = operations.isScanned();
            versions.read(dependencies, reader, key, seen, scanned);
            if (history.isCommitted(reader) && transcript.writes(reader)) {
                replaced(reader, key, firstPlaces[key] + key + matched, replacers, told);
            }
        }
        lostWrites(told);
    }

    /// Checks one read. Returns how many versions of the key's order it saw, or -1 if it is in no
    /// order with others. Operations stand on it.
    private int matched(int read) {
        transcript.go(read, operations);
        int reader = transcript.transaction(read);
        int key = operations.key();
        int size = firstPlaces[key + 1] - firstPlaces[key];
        int matched = 0;
        int aborted = -1;
        int last = -1;
        boolean right = true;
        for (int i = 0; i < transcript.elements(read); i++) {
            int version = history.version(operations.element(i));
            if (!isOfKey(version, key)) {
                garbage(reader, key, operations.element(i), "what nobody wrote there");
                return -1;
            }
            last = version;
            int writer = history.writer(version);
            if (writer == reader) {
                String what = history.name(reader) + " sees what itself writes later: key ";
                findings.add(AnomalyKind.INTERNAL, what + key, reader);
                return -1;
            }
            if (places[version] != 0 && places[version] <= matched) {
                garbage(reader, key, operations.element(i), "twice");
                return -1;
            }
            if (history.isVoid(version)) {
                aborted = writer;
            } else if (matched < size && order[firstPlaces[key] + matched] == version) {
                matched++;
            } else {
                right = false;
            }
        }
        if (aborted >= 0) {
            String what = history.name(reader) + " sees what was aborted: key " + key + " of ";
            findings.add(AnomalyKind.G1A, what + history.name(aborted), reader, aborted);
        } else if (last >= 0 && transcript.replacedBy(last) >= 0) {
            int writer = history.writer(last);
            String what = history.name(reader) + " sees half of key " + key + " of ";
            findings.add(AnomalyKind.G1B, what + history.name(writer), reader, writer);
        }
        if (!right && history.isCommitted(reader)) {
            int other = transcript.transaction(longest[key]);
            String what = history.name(reader) + " and " + history.name(other);
            findings.add(
                    AnomalyKind.INCOMPATIBLE_ORDER,
                    what + " read lists of key " + key + " of which neither begins the other",
                    reader,
                    other);
        }
        return right ? matched : -1;
    }

    /// A committed transaction saw a version and appended to the key. Two of them cannot have seen
    /// the same. If both are in the order, they are a cycle, which is found as such.
    private void replaced(int transaction, int key, int slot, int[] replacers, boolean[] told) {
        int version = transcript.written(transaction, key, others);
        if (version < 0) {
            return;
        }
        if (replacers[slot] < 0) {
            replacers[slot] = version;
            return;
        }
        int other = replacers[slot];
        if (places[version] == 0 || places[other] == 0) {
            told[version] = true;
            told[other] = true;
            int writer = history.writer(other);
            String what = history.name(writer) + " and " + history.name(transaction);
            findings.add(
                    AnomalyKind.LOST_UPDATE,
                    what + " append to the same version of key " + key,
                    writer,
                    transaction);
        }
    }

    /// Versions that were committed before the reader of the key's order began, and are not in it.
    private void lostWrites(boolean[] told) {
        for (int version = 0; version < places.length && history.isTimed(); version++) {
            int writer = history.writer(version);
            int read = longest[history.keyOf(version)];
            if (places[version] == 0
                    && !told[version]
                    && !history.isVoid(version)
                    && transcript.replacedBy(version) < 0
                    && read >= 0
                    && history.endTime(writer) < began(read)) {
                int reader = transcript.transaction(read);
                String what = history.name(reader) + " does not find what was committed: key ";
                findings.add(
                        AnomalyKind.LOST_WRITE,
                        what + history.keyOf(version) + " of " + history.name(writer),
                        reader,
                        writer);
            }
        }
    }
}
