package dev.kvarts.testkit.isolation;

import java.util.Arrays;

/// Checks a history of registers, each of which holds one element or none: they are put, deleted,
/// read by name, and met or missed by scans.
///
/// A register does not tell its past. The order of its versions follows from the sequence numbers
/// of commits, if the store tells them; else from transactions that read a key and then write it:
/// what they wrote followed what they read. What is written unread is the head of a chain of its
/// own, behind the key's beginning and in no other order.
///
/// Absence looks the same whenever it is read. It is the version before the first if nobody deleted
/// the key, and the deletion if the key was [preloaded][Recorder#preload] and deleted once. Of keys
/// that come and go more often, reads of absence are not checked: a workload that wants them
/// checked has keys of these two kinds.
public final class RegisterChecker {
    private static final int UNKNOWN = -2;

    private final History history;
    private final Findings findings;
    private final Transcript transcript;
    private final Versions versions;
    private final Dependencies dependencies;
    private final Operations operations;
    private final Operations others;

    // By key.
    private final boolean[] preloaded;
    private final int[] deletions; // how many were committed
    private final int[] deletion; // one of them
    private final int[] abortedDeletion;

    private RegisterChecker(History history) {
        this.history = history;
        findings = new Findings(history);
        transcript = new Transcript(history, findings, false);
        versions = new Versions(history);
        dependencies = new Dependencies(history);
        operations = new Operations(history);
        others = new Operations(history);
        preloaded = new boolean[history.keys()];
        deletions = new int[history.keys()];
        deletion = new int[history.keys()];
        abortedDeletion = new int[history.keys()];
    }

    /// Checks the history.
    ///
    /// Thread safety: any.
    public static Verdict check(History history, Level level) {
        var checker = new RegisterChecker(history);
        checker.findDeletions();
        if (checker.isSequenced()) {
            checker.orderBySequence();
        } else {
            checker.orderByReads();
        }
        checker.checkReads();
        checker.versions.overwrites(checker.dependencies);
        long edges = checker.dependencies.size();
        new CycleSearch(history, checker.dependencies, checker.findings).search(level);
        return checker.findings.verdict(level, edges);
    }

    private void findDeletions() {
        Arrays.fill(abortedDeletion, -1);
        for (int transaction = 0; transaction < history.transactions(); transaction++) {
            operations.of(transaction);
            while (operations.next()) {
                if (operations.isPreload()) {
                    preloaded[operations.key()] = true;
                }
                if (operations.isRead() || !operations.isDelete()) {
                    continue;
                }
                int version = history.version(operations.written());
                if (history.isUnknown(transaction)) {
                    deletions[operations.key()] += 2; // absence tells nothing any more
                } else if (!history.isCommitted(transaction)) {
                    abortedDeletion[operations.key()] = version;
                } else if (transcript.replacedBy(version) < 0) {
                    deletion[operations.key()] = version;
                    deletions[operations.key()]++;
                }
            }
        }
    }

    /// Whether the store told the place of each commit that wrote.
    private boolean isSequenced() {
        for (int transaction = 0; transaction < history.transactions(); transaction++) {
            if (history.isCommitted(transaction)
                    && transcript.writes(transaction)
                    && history.sequence(transaction) == 0) {
                return false;
            }
        }
        return true;
    }

    private void orderBySequence() {
        int count = history.transactions();
        long[] sequences = new long[count];
        for (int transaction = 0; transaction < count; transaction++) {
            long sequence = history.sequence(transaction);
            sequences[transaction] =
                    Math.multiplyExact(sequence, History.TRANSACTIONS_MAX) + transaction;
        }
        Arrays.sort(sequences);
        int[] last = new int[history.keys()];
        Arrays.fill(last, -1);
        for (long sequence : sequences) {
            int transaction = (int) (sequence % History.TRANSACTIONS_MAX);
            operations.of(transaction);
            while (history.isCommitted(transaction) && operations.next()) {
                if (!operations.isWrite()) {
                    continue;
                }
                int key = operations.key();
                int version = history.version(operations.written());
                if (transcript.replacedBy(version) >= 0) {
                    continue;
                }
                if (last[key] < 0) {
                    versions.head(version);
                } else {
                    versions.follow(last[key], version);
                }
                last[key] = version;
            }
        }
    }

    private void orderByReads() {
        boolean[] placed = new boolean[history.versions()];
        int[] first = new int[history.keys()]; // what replaced the initial version
        Arrays.fill(first, -1);
        for (int read = 0; read < transcript.size(); read++) {
            int transaction = transcript.transaction(read);
            if (!history.isCommitted(transaction) || !transcript.writes(transaction)) {
                continue;
            }
            transcript.go(read, operations);
            int key = operations.key();
            int seen = seen();
            int version = transcript.written(transaction, key, others);
            if (version < 0 || seen == UNKNOWN) {
                continue;
            }
            int other = seen == Versions.INITIAL ? first[key] : versions.next(installed(seen));
            if (other >= 0) {
                placed[version] = true; // somewhere
                int writer = history.writer(other);
                String what = history.name(writer) + " and " + history.name(transaction);
                findings.add(
                        AnomalyKind.LOST_UPDATE,
                        what + " replace the same version of key " + key,
                        writer,
                        transaction);
            } else if (seen == Versions.INITIAL) {
                first[key] = version;
            } else if (installed(seen) != version && !history.isVoid(seen)) {
                versions.follow(installed(seen), version);
                placed[version] = true;
            }
        }
        for (int version = 0; version < placed.length; version++) {
            if (!placed[version]
                    && transcript.replacedBy(version) < 0
                    && !history.isVoid(version)) {
                versions.head(version);
            }
        }
    }

    /// What the transaction left of the key whose version this is.
    private int installed(int version) {
        int last = version;
        while (transcript.replacedBy(last) >= 0) {
            last = transcript.replacedBy(last);
        }
        return last;
    }

    /// The version that the read saw on which the operations stand, [Versions#INITIAL], or
    /// [#UNKNOWN].
    private int seen() {
        int key = operations.key();
        if (operations.size() == 0) {
            if (deletions[key] == 0) {
                boolean never = !preloaded[key] && abortedDeletion[key] < 0;
                return never ? Versions.INITIAL : preloaded[key] ? abortedDeletion[key] : UNKNOWN;
            }
            return preloaded[key] && deletions[key] == 1 ? deletion[key] : UNKNOWN;
        }
        int version = history.version(operations.element(0));
        boolean right = operations.size() == 1 && version >= 0 && history.keyOf(version) == key;
        return right ? version : UNKNOWN;
    }

    private boolean isGarbage() {
        int key = operations.key();
        if (operations.size() > 0) {
            return seen() == UNKNOWN;
        }
        return preloaded[key] && deletions[key] == 0 && abortedDeletion[key] < 0;
    }

    private void checkReads() {
        for (int read = 0; read < transcript.size(); read++) {
            transcript.go(read, operations);
            int reader = transcript.transaction(read);
            int key = operations.key();
            String name = history.name(reader);
            if (isGarbage()) {
                String what = operations.size() == 0 ? " misses key " : " reads garbage in key ";
                findings.add(AnomalyKind.GARBAGE_READ, name + what + key, reader);
                continue;
            }
            int seen = seen();
            if (seen == UNKNOWN) {
                continue;
            }
            if (seen == Versions.INITIAL) {
                versions.read(dependencies, reader, key, seen, operations.isScanned());
                continue;
            }
            int writer = history.writer(seen);
            if (writer == reader) {
                findings.add(
                        AnomalyKind.INTERNAL,
                        name + " sees what itself writes later: key " + key,
                        reader);
            } else if (history.isVoid(seen)) {
                findings.add(
                        AnomalyKind.G1A,
                        name + " sees what was aborted: key " + key + " of " + history.name(writer),
                        reader,
                        writer);
            } else {
                if (installed(seen) != seen) {
                    findings.add(
                            AnomalyKind.G1B,
                            name + " sees half of key " + key + " of " + history.name(writer),
                            reader,
                            writer);
                }
                versions.read(dependencies, reader, key, installed(seen), operations.isScanned());
            }
        }
    }
}
