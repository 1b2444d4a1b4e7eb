package dev.kvarts.cli;

/// Where the process begins.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Terminal terminal = Terminal.ofProcess();
        int exitCode = new CommandRunner(terminal).run(args);
        String problem = terminal.flush();
        if (problem != null && exitCode == ExitCode.OK) {
            terminal.error("kvarts: cannot write to standard output: " + problem);
            exitCode = ExitCode.STORAGE;
        }
        System.exit(exitCode);
    }
}
