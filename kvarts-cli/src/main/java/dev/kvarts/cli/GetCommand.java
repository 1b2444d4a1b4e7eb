package dev.kvarts.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "get",
        header = "Print the value of a key.",
        description = "Prints the value of a key, and a line end.",
        customSynopsis = "kvarts get [OPTIONS] DIR [KEYSPACE] KEY",
        footerHeading =
                "%nJSON: {keyspace, key, found, size, value}; size (bytes) and value only when"
                    + " found. Keys and%nvalues that are not UTF-8 text are called keyBase64 and"
                    + " valueBase64 (with --hex: keyHex,%nvalueHex).%n%nExamples:%n",
        footer = {
            "  kvarts get data user:1",
            "  kvarts get data photos cat.jpg --raw > cat.jpg",
            "  kvarts get data user:1 --json"
        },
        exitCodeListHeading = ExitCode.HEADING,
        exitCodeList = {
            ExitCode.OK_LINE,
            "1:No such key or keyspace.",
            ExitCode.USAGE_LINE,
            ExitCode.STORAGE_LINE
        })
final class GetCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private DatabaseArguments arguments;

    @Mixin private NotationOptions notation;

    @Option(
            names = {"-r", "--raw"},
            description = "Print exactly the bytes of the value, without a line end.")
    private boolean raw;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    GetCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        List<String> operands = arguments.operands("KEY");
        byte[] key = notation.keys().parse(operands.getFirst());
        String keyspace;
        byte[] value;
        try (Session session = arguments.open()) {
            var source = arguments.keyspaceToRead(session.database());
            keyspace = source.name();
            value = source.get(key);
        }
        if (json) {
            printJson(keyspace, key, value);
        } else if (value == null) {
            throw new CommandException(
                    ExitCode.NO,
                    "no such key: " + notation.keys().format(key) + " in keyspace " + keyspace);
        } else {
            print(value);
        }
        return value == null ? ExitCode.NO : ExitCode.OK;
    }

    private void print(byte[] value) throws IOException {
        if (raw) {
            terminal.out().write(value);
        } else if (notation.values() != Notation.TEXT) {
            terminal.print(notation.values().format(value));
        } else if (terminal.outIsTerminal() && Notation.utf8(value) == null) {
            terminal.print(
                    Notation.escaped(value)); // bytes that are not text would upset the terminal
        } else {
            terminal.out().write(value);
            terminal.out().write('\n');
        }
        terminal.out().flush();
    }

    private void printJson(String keyspace, byte[] key, byte[] value) throws IOException {
        Json.object(
                terminal.out(),
                true,
                json -> {
                    json.writeStringField("keyspace", keyspace);
                    Json.bytes(json, "key", key, notation.keys());
                    json.writeBooleanField("found", value != null);
                    if (value != null) {
                        json.writeNumberField("size", value.length);
                        Json.bytes(json, "value", value, notation.values());
                    }
                });
        terminal.out().flush();
    }
}
