package dev.kvarts.cli;

/// What the process tells the shell. The numbers are part of the interface and are never reused.
final class ExitCode {
    static final int OK = 0;

    /// The answer is no: no such key, damage found, an entry could not be exported, a write was
    /// lost.
    static final int NO = 1;

    static final int USAGE = 2;
    static final int STORAGE = 3;
    static final int INTERNAL = 4;

    /// By convention 128 + SIGINT.
    static final int INTERRUPTED = 130;

    static final String HEADING = "%nExit codes:%n";
    static final String OK_LINE = "0:Success.";
    static final String USAGE_LINE = "2:Wrong usage, or input that cannot be understood.";
    static final String STORAGE_LINE =
            "3:A file or the database cannot be read or written, or is damaged.";
    static final String INTERNAL_LINE = "4:A mistake in kvarts itself; --stacktrace shows where.";
    static final String INTERRUPTED_LINE =
            "130:Interrupted (Ctrl-C); the database was closed cleanly.";

    private ExitCode() {}
}
