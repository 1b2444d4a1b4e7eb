package dev.kvarts.cli;

import dev.kvarts.api.Database;
import dev.kvarts.api.Keyspace;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.api.OrderedKeyspace;
import dev.kvarts.inspect.Layouts;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Which database, which keyspace, and what follows them on the command line.
///
/// `DIR [KEYSPACE] OPERAND...`: a command knows how many operands it has, so one argument more is
/// the keyspace.
final class DatabaseArguments {
    static final String DEFAULT_KEYSPACE = "default";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Parameters(index = "0", paramLabel = "DIR", description = "Directory of the database.")
    private Path directory;

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "[KEYSPACE] ...", hidden = true)
    private List<String> rest = new ArrayList<>();

    @Option(
            names = {"-k", "--keyspace"},
            paramLabel = "NAME",
            order = 10,
            description =
                    "The keyspace, instead of the KEYSPACE argument. Without both, writing uses"
                        + " \"default\"; reading uses the only keyspace there is, or \"default\".")
    private String keyspace;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            order = 20,
            converter = SizeConverter.class,
            description =
                    "The most memory the database uses, for example 64m or 2g (default: 512m).")
    private Long memoryBytes;

    Path directory() {
        return directory;
    }

    /// The operands after the keyspace, one per label.
    ///
    /// @throws ParameterException if there are more or fewer
    List<String> operands(String... labels) {
        int count = rest.size();
        if (count == labels.length + 1 && keyspace == null) {
            keyspace = rest.getFirst();
            return rest.subList(1, count);
        }
        if (count > labels.length) {
            throw misuse("unexpected argument: '" + rest.getLast() + "'");
        }
        if (count < labels.length) {
            throw misuse("missing " + labels[count]);
        }
        return rest;
    }

    /// For commands that are about the whole database.
    void withoutKeyspace() {
        if (keyspace != null) {
            throw misuse("this command is about the whole database; it takes no --keyspace");
        }
        if (!rest.isEmpty()) {
            throw misuse("unexpected argument: '" + rest.getFirst() + "'");
        }
    }

    ParameterException misuse(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    /// Opens a database that must exist.
    Session open() {
        return Session.open(directory, options().withCreateIfMissing(false));
    }

    /// Opens the database, or creates it.
    Session openOrCreate() {
        return Session.open(directory, options());
    }

    private Options options() {
        Options defaults = Options.defaults();
        return memoryBytes == null ? defaults : defaults.withMemory(memoryBytes);
    }

    /// The keyspace to write to, created if absent.
    ///
    /// @param ordered a new one is ordered, and one that exists must be
    Keyspace keyspaceToWrite(Database database, boolean ordered) {
        String name = nameToWrite();
        Keyspace there = database.keyspace(name);
        if (there == null) {
            return ordered ? database.ordered(name) : database.hashed(name);
        }
        if (ordered && !(there instanceof OrderedKeyspace)) {
            throw notOrdered("--ordered", name);
        }
        return there;
    }

    /// As [#keyspaceToWrite(Database, boolean)]; what is written from now on is compressed by this
    /// codec.
    ///
    /// @param codec null leaves it as it is
    Keyspace keyspaceToWrite(Database database, boolean ordered, String codec) throws IOException {
        String name = nameToWrite();
        Keyspace there = database.keyspace(name);
        if (codec == null) {
            return keyspaceToWrite(database, ordered);
        }
        if (there == null && !ordered) {
            throw misuse("--codec is for ordered keyspaces; add --ordered to create one");
        }
        if (there != null && !(there instanceof OrderedKeyspace)) {
            throw notOrdered("--codec", name);
        }
        KeyspaceOptions options =
                there == null ? KeyspaceOptions.defaults() : Layouts.options(directory).get(name);
        return database.ordered(name, options.withCodec(codec));
    }

    private String nameToWrite() {
        return keyspace == null ? DEFAULT_KEYSPACE : keyspace;
    }

    private static CommandException notOrdered(String option, String name) {
        return new CommandException(
                ExitCode.USAGE,
                option + " needs an ordered keyspace; " + name + " is hashed, and stays so");
    }

    /// Whether the command line names a keyspace.
    boolean namesKeyspace() {
        return keyspace != null;
    }

    /// The keyspace to read from, which must exist.
    Keyspace keyspaceToRead(Database database) {
        return database.keyspace(nameToRead(database.keyspaces()));
    }

    /// The name of the keyspace to read from, which must be one of these.
    String nameToRead(List<String> names) {
        String wanted =
                keyspace != null
                        ? keyspace
                        : names.size() == 1 ? names.getFirst() : DEFAULT_KEYSPACE;
        if (names.contains(wanted)) {
            return wanted;
        }
        if (keyspace == null && !names.isEmpty()) {
            throw new CommandException(ExitCode.USAGE, "say which keyspace; " + choice(names));
        }
        throw noKeyspace(wanted, names);
    }

    static CommandException noKeyspace(String wanted, List<String> names) {
        return new CommandException(
                ExitCode.NO, "no such keyspace: " + wanted + "; " + choice(names));
    }

    private static String choice(List<String> names) {
        return names.isEmpty() ? "there are none" : "there are: " + String.join(", ", names);
    }
}
