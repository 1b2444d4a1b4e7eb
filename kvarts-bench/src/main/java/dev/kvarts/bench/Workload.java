package dev.kvarts.bench;

import java.util.Locale;

/// What is done to a store, by the names of db_bench and YCSB. A workload that fills starts with an
/// empty store; any other wants all entries to be there and gets them loaded first when they are
/// not.
enum Workload {
    FILLSEQ(
            Action.INSERT,
            0,
            Choice.ASCENDING,
            "all entries in the order of their keys, into an empty store"),
    FILLRANDOM(
            Action.INSERT,
            0,
            Choice.SHUFFLED,
            "all entries, each once, in random order, into an empty store"),
    FILLSYNC(
            Action.INSERT_SYNC,
            0,
            Choice.SHUFFLED,
            "one in a thousand of them, each on the device when put returns"),
    OVERWRITE(Action.UPDATE, 0, Choice.SKEWED, "new values for entries chosen by --overwrite-keys"),
    OVERWRITE_UNIFORM(Action.UPDATE, 0, Choice.UNIFORM, "new values for entries chosen evenly"),
    OVERWRITE_TWICE(
            Action.UPDATE,
            0,
            Choice.TWICE,
            "new values for all entries, twice, in another random order each time"),
    READRANDOM(Action.UPDATE, 100, Choice.UNIFORM, "reads of entries chosen evenly"),
    READMISSING(
            Action.UPDATE,
            100,
            Choice.MISSING,
            "reads of keys that are not there, among those that are"),
    READHOT(Action.UPDATE, 100, Choice.HOT, "reads among the first hundredth of the entries"),
    SEEKRANDOM(
            Action.UPDATE,
            100,
            Choice.UNIFORM,
            "seeks to entries chosen evenly, each followed by --seek-nexts steps to the next"),
    READSEQ(
            Action.UPDATE,
            100,
            Choice.ASCENDING,
            "a walk over all entries, in the store's own order"),
    READREVERSE(Action.UPDATE, 100, Choice.ASCENDING, "a walk over all entries from last to first"),
    READWHILEWRITING(
            Action.UPDATE,
            100,
            Choice.UNIFORM,
            "reads, while one more thread overwrites at --write-rate"),
    UPDATERANDOM(
            Action.READ_MODIFY_WRITE,
            0,
            Choice.UNIFORM,
            "reads an entry and writes it back changed"),
    DELETERANDOM(
            Action.DELETE,
            0,
            Choice.UNIFORM,
            "deletes of entries chosen evenly, some of them gone already"),
    DELETERANGE(
            Action.DELETE_RANGE,
            0,
            Choice.UNIFORM,
            "deletes of ranges of 100 entries at places chosen evenly, one per thousand entries"),
    TRANSACTIONS(
            Action.TRANSACT,
            0,
            Choice.UNIFORM,
            "serializable transactions that read and change ten entries chosen evenly, tried until"
                    + " they commit; a tenth as many as other operations"),
    TRANSACTIONS_HOT(
            Action.TRANSACT, 0, Choice.UNIFORM, "the same among the first --hot-keys entries"),
    OVERWRITE_SYNC(
            Action.UPDATE_SYNC,
            0,
            Choice.UNIFORM,
            "new values for entries chosen evenly, each on the device when put returns"),
    YCSB_A(Action.UPDATE, 50, Choice.ZIPF, "half reads, half updates, zipf"),
    YCSB_B(Action.UPDATE, 95, Choice.ZIPF, "95 % reads, 5 % updates, zipf"),
    YCSB_C(Action.UPDATE, 100, Choice.ZIPF, "reads, zipf"),
    YCSB_D(Action.INSERT, 95, Choice.LATEST, "95 % reads of mostly the latest, 5 % inserts"),
    YCSB_E(
            Action.INSERT,
            95,
            Choice.ZIPF,
            "95 % seeks, zipf, to walk over 1 to 100 entries, 5 % inserts"),
    YCSB_F(Action.READ_MODIFY_WRITE, 50, Choice.ZIPF, "half reads, half read-modify-writes, zipf");

    /// What an operation that is not a read does.
    enum Action {
        INSERT,
        INSERT_SYNC,
        UPDATE,
        UPDATE_SYNC,
        READ_MODIFY_WRITE,
        TRANSACT,
        DELETE,
        DELETE_RANGE
    }

    /// How the key of an operation is chosen.
    enum Choice {
        ASCENDING,
        SHUFFLED,
        TWICE,
        UNIFORM,
        SKEWED,
        ZIPF,
        LATEST,
        HOT,
        MISSING
    }

    final Action action;
    final int readPercent;
    final Choice choice;
    final String description;

    Workload(Action action, int readPercent, Choice choice, String description) {
        this.action = action;
        this.readPercent = readPercent;
        this.choice = choice;
        this.description = description;
    }

    /// Its name on the command line and in reports.
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Workload of(String label) {
        for (Workload workload : values()) {
            if (workload.label().equals(label)) {
                return workload;
            }
        }
        throw new IllegalArgumentException("no such workload: " + label);
    }

    boolean fills() {
        return this == FILLSEQ || this == FILLRANDOM || this == FILLSYNC;
    }

    /// Whether exactly all entries are there afterwards, given that they were before.
    boolean keepsAll() {
        return this != FILLSYNC
                && action != Action.DELETE
                && action != Action.DELETE_RANGE
                && !adds();
    }

    /// Whether it inserts entries beyond those that are there.
    boolean adds() {
        return action == Action.INSERT && !fills();
    }

    /// Whether it is one walk from end to end.
    boolean walksAll() {
        return this == READSEQ || this == READREVERSE;
    }

    /// Whether its reads are walks from a key onwards.
    boolean seeks() {
        return this == SEEKRANDOM || this == YCSB_E;
    }

    boolean needsOrder() {
        return seeks() || this == READREVERSE || this == DELETERANGE;
    }

    boolean overwrites() {
        return this == OVERWRITE || this == OVERWRITE_UNIFORM || this == OVERWRITE_TWICE;
    }

    boolean transacts() {
        return action == Action.TRANSACT;
    }

    /// Whether each of its writes waits for the device.
    boolean syncs() {
        return action == Action.INSERT_SYNC || action == Action.UPDATE_SYNC;
    }

    boolean writes() {
        return readPercent < 100 || this == READWHILEWRITING;
    }
}
