package dev.kvarts.cli;

import picocli.CommandLine.Command;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

/// Hands over to the benchmarks, which are a program of their own with many more libraries: in a
/// virtual machine of their own, so that nothing of this one is measured.
@Command(
        name = "bench",
        header = "Measure Kvarts and its rivals on this machine.",
        description = "Runs db_bench's workloads.",
        customSynopsis = "kvarts bench [ARGUMENTS OF THE BENCHMARKS]",
        footerHeading =
                "%nAll arguments go to the benchmarks; 'kvarts bench help' or their own --help"
                        + " names them.%n%nExamples:%n",
        footer = {
            "  kvarts bench --num 1000000 --workloads fillrandom,readrandom --stores kvarts,rocksdb"
        })
final class BenchCommand implements Callable<Integer> {
    private static final String MAIN_CLASS = "dev.kvarts.bench.Main";

    /// JMH looks at the layout of its own objects by a call that the JDK warns of.
    private static final String JMH_FLAG = "--sun-misc-unsafe-memory-access=allow";

    private final Terminal terminal;

    BenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        throw new AssertionError("bench is forwarded before its arguments are parsed");
    }

    int forward(List<String> arguments) throws IOException {
        String classFile = MAIN_CLASS.replace('.', '/') + ".class";
        if (BenchCommand.class.getClassLoader().getResource(classFile) == null) {
            throw new CommandException(
                    ExitCode.USAGE, "the benchmarks are not part of this installation");
        }
        terminal.flush();
        ProcessBuilder benchmarks = JavaProcess.command(MAIN_CLASS, arguments);
        benchmarks.command().add(1, JMH_FLAG);
        Process process = benchmarks.inheritIO().start();
        boolean interrupted = false;
        while (true) {
            try {
                int exitCode = process.waitFor();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return exitCode;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }
}
