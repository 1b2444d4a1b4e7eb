package dev.kvarts.cli;

import dev.kvarts.api.KvartsException;

import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;

/// Finds the command that the arguments name, runs it, and says in one line what went wrong.
///
/// Only the class of the command that is run is loaded: with a dozen commands that is most of the
/// start-up time that is ours.
final class CommandRunner {
    static final List<String> COMMANDS =
            List.of(
                    "demo", "put", "get", "del", "scan", "count", "import", "export", "stats",
                    "compact", "verify", "inspect", "layout", "changes", "backup", "backups",
                    "restore", "bench");
    private static final int HELP_WIDTH = 100;
    static final char REPLACEMENT = '\uFFFD';

    private final Terminal terminal;

    CommandRunner(Terminal terminal) {
        this.terminal = terminal;
    }

    /// Runs one command. Returns the process's exit code; never throws: this is the last place
    /// before the person.
    int run(String... args) {
        String name = args.length == 0 ? "" : args[0];
        try {
            refuseMangled(args);
            if (name.equals("bench")) {
                return new BenchCommand(terminal).forward(List.of(args).subList(1, args.length));
            }
            return commandLine(name).execute(args);
        } catch (Throwable e) {
            return failed(name, e, List.of(args).contains(CommonOptions.STACKTRACE));
        }
    }

    /// Where the locale is not UTF-8 the virtual machine replaces what it cannot decode. Better no
    /// entry than one under a key that nobody gave.
    private static void refuseMangled(String[] args) {
        for (String argument : args) {
            if (argument.indexOf(REPLACEMENT) >= 0) {
                throw new CommandException(
                        ExitCode.USAGE,
                        "an argument is not text in this locale; set LC_ALL=C.UTF-8, or use --hex");
            }
        }
    }

    private CommandLine commandLine(String name) {
        var root = new CommandLine(new RootCommand(terminal));
        if (COMMANDS.contains(name)) {
            root.addSubcommand(name, create(name));
        } else if (name.equals(DemoWriterCommand.NAME)) {
            root.addSubcommand(name, new DemoWriterCommand(terminal));
        } else {
            COMMANDS.forEach(each -> root.addSubcommand(each, create(each)));
        }
        CommonOptions.addTo(root);
        root.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
        root.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        root.setColorScheme(
                CommandLine.Help.defaultColorScheme(
                        terminal.outIsTerminal() && terminal.colour() ? Ansi.ON : Ansi.OFF));
        root.setUsageHelpWidth(HELP_WIDTH);
        root.setUsageHelpAutoWidth(false);
        root.setCaseInsensitiveEnumValuesAllowed(true);
        root.setAbbreviatedOptionsAllowed(false);
        root.setParameterExceptionHandler(this::misused);
        root.setExecutionExceptionHandler(
                (e, line, result) -> failed(line.getCommandName(), e, stacktrace(result)));
        return root;
    }

    private Object create(String name) {
        return switch (name) {
            case "demo" -> new DemoCommand(terminal);
            case "put" -> new PutCommand(terminal);
            case "get" -> new GetCommand(terminal);
            case "del" -> new DelCommand(terminal);
            case "scan" -> new ScanCommand(terminal);
            case "count" -> new CountCommand(terminal);
            case "import" -> new ImportCommand(terminal);
            case "export" -> new ExportCommand(terminal);
            case "stats" -> new StatsCommand(terminal);
            case "compact" -> new CompactCommand(terminal);
            case "verify" -> new VerifyCommand(terminal);
            case "inspect" -> new InspectCommand(terminal);
            case "layout" -> new LayoutCommand(terminal);
            case "changes" -> new ChangesCommand(terminal);
            case "backup" -> new BackupCommand(terminal);
            case "backups" -> new BackupsCommand(terminal);
            case "restore" -> new RestoreCommand(terminal);
            case "bench" -> new BenchCommand(terminal);
            default -> throw new AssertionError("no such command: " + name);
        };
    }

    private static boolean stacktrace(CommandLine.ParseResult result) {
        return result.originalArgs().contains(CommonOptions.STACKTRACE);
    }

    private int misused(ParameterException e, String[] args) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        terminal.error(command + ": " + describeMisuse(e));
        terminal.err().println("Try '" + command + " --help'.");
        if (List.of(args).contains(CommonOptions.STACKTRACE)) {
            e.printStackTrace(terminal.err());
        }
        return ExitCode.USAGE;
    }

    private static String describeMisuse(ParameterException e) {
        return switch (e) {
            case MissingParameterException missing ->
                    missing.getMissing().isEmpty()
                            ? oneLine(missing.getMessage())
                            : "missing " + missing.getMissing().getFirst().paramLabel();
            case UnmatchedArgumentException unmatched when !unmatched.isUnknownOption() -> {
                boolean isCommand = e.getCommandLine().getParent() == null;
                List<String> similar = unmatched.getSuggestions();
                yield (isCommand ? "no such command: '" : "unexpected argument: '")
                        + unmatched.getUnmatched().getFirst()
                        + "'"
                        + (similar.isEmpty() ? "" : "; similar: " + String.join(", ", similar));
            }
            default -> oneLine(e.getMessage());
        };
    }

    private int failed(String command, Throwable e, boolean stacktrace) {
        if (e instanceof ParameterException misuse) {
            return misused(
                    misuse, stacktrace ? new String[] {CommonOptions.STACKTRACE} : new String[0]);
        }
        if (e instanceof BrokenPipeException) {
            return ExitCode.OK;
        }
        if (Session.processIsEnding()) {
            return ExitCode
                    .INTERRUPTED; // the database was closed under the command's hands, on purpose
        }
        terminal.flush(); // what was printed before the failure comes first
        terminal.error("kvarts " + command + ": " + describe(e));
        if (stacktrace) {
            e.printStackTrace(terminal.err());
        }
        return exitCode(e);
    }

    private static int exitCode(Throwable e) {
        return switch (e) {
            case CommandException command -> command.exitCode();
            case KvartsException _, IOException _, UncheckedIOException _ -> ExitCode.STORAGE;
            case IllegalArgumentException _, IllegalStateException _ -> ExitCode.USAGE;
            default -> ExitCode.INTERNAL;
        };
    }

    /// One line; the file system's exceptions have only a path for a message and need a verb.
    static String describe(Throwable e) {
        return switch (e) {
            case UncheckedIOException wrapped -> describe(wrapped.getCause());
            case NoSuchFileException missing -> "no such file or directory: " + missing.getFile();
            case AccessDeniedException denied -> "permission denied: " + denied.getFile();
            case NotDirectoryException file -> "not a directory: " + file.getFile();
            case FileAlreadyExistsException there -> "exists already: " + there.getFile();
            case DirectoryNotEmptyException full -> "directory is not empty: " + full.getFile();
            case CommandException command -> oneLine(command.getMessage());
            case KvartsException known -> oneLine(known.getMessage());
            case IOException io -> oneLine(String.valueOf(io.getMessage()));
            case IllegalArgumentException wrong -> oneLine(String.valueOf(wrong.getMessage()));
            case IllegalStateException wrong -> oneLine(String.valueOf(wrong.getMessage()));
            default -> "unexpected " + oneLine(e.toString()) + " (--stacktrace shows where)";
        };
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", "; ");
    }
}
