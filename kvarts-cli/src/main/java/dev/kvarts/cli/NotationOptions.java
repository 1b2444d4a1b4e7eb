package dev.kvarts.cli;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/// How keys and values are given and printed.
final class NotationOptions {
    @ArgGroup(exclusive = true)
    private Choice choice = new Choice();

    @Option(
            names = "--text-keys",
            order = 32,
            description = "With --hex or --base64: only values are so written, keys stay text.")
    private boolean textKeys;

    static final class Choice {
        @Option(
                names = "--hex",
                order = 30,
                description = "Keys and values are given and printed as hexadecimal digits.")
        private boolean hex;

        @Option(
                names = "--base64",
                order = 31,
                description = "Keys and values are given and printed as Base64.")
        private boolean base64;
    }

    Notation values() {
        return choice.hex ? Notation.HEX : choice.base64 ? Notation.BASE64 : Notation.TEXT;
    }

    Notation keys() {
        return textKeys ? Notation.TEXT : values();
    }
}
