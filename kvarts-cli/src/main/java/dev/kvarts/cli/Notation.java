package dev.kvarts.cli;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;

/// How bytes are written as text: as UTF-8, as hexadecimal digits, as Base64.
enum Notation {
    TEXT,
    HEX,
    BASE64;

    /// The bytes that `text` means.
    ///
    /// @throws IllegalArgumentException if it is not in this notation
    byte[] parse(String text) {
        try {
            return switch (this) {
                case TEXT -> text.getBytes(StandardCharsets.UTF_8);
                case HEX -> HexFormat.of().parseHex(text);
                case BASE64 -> Base64.getDecoder().decode(text);
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not " + (this == HEX ? "hexadecimal" : "Base64") + ": '" + text + "'", e);
        }
    }

    /// One line of text without tabs that means these bytes; [#TEXT] is
    /// [escaped][#escaped(byte[])].
    String format(byte[] bytes) {
        return switch (this) {
            case TEXT -> escaped(bytes);
            case HEX -> HexFormat.of().formatHex(bytes);
            case BASE64 -> Base64.getEncoder().encodeToString(bytes);
        };
    }

    /// The text that these bytes are in UTF-8, or null if they are not.
    static String utf8(byte[] bytes) {
        try {
            return decoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException notText) {
            return null;
        }
    }

    /// Text as it is, but `\t`, `\n`, `\r`, `\\`, and `\xNN` for control characters and for bytes
    /// that are not UTF-8. Nothing is lost, and nothing in it moves a terminal's cursor.
    static String escaped(byte[] bytes) {
        var text = new StringBuilder(bytes.length + 16);
        CharsetDecoder decoder = decoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            appendEscaped(text, out.flip());
            out.clear();
            if (!result.isMalformed()) {
                return text.toString();
            }
            for (int i = 0; i < result.length(); i++) {
                appendHex(text, in.get());
            }
        }
    }

    private static CharsetDecoder decoder() {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    private static void appendEscaped(StringBuilder text, CharBuffer decoded) {
        while (decoded.hasRemaining()) {
            char c = decoded.get();
            switch (c) {
                case '\t' -> text.append("\\t");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\\' -> text.append("\\\\");
                default -> {
                    if (Character.isISOControl(c)) {
                        for (byte b : String.valueOf(c).getBytes(StandardCharsets.UTF_8)) {
                            appendHex(text, b);
                        }
                    } else {
                        text.append(c);
                    }
                }
            }
        }
    }

    private static void appendHex(StringBuilder text, byte b) {
        text.append("\\x").append(HexFormat.of().toHexDigits(b));
    }

    /// What [#escaped(byte[])] was made from.
    ///
    /// @throws IllegalArgumentException if a backslash is not followed by what it may be
    static byte[] unescaped(byte[] text) {
        var bytes = new ByteArrayOutputStream(text.length);
        int i = 0;
        while (i < text.length) {
            if (text[i] != '\\') {
                bytes.write(text[i]);
                i++;
                continue;
            }
            i++;
            switch (i < text.length ? text[i] : 0) {
                case 't' -> bytes.write('\t');
                case 'n' -> bytes.write('\n');
                case 'r' -> bytes.write('\r');
                case '\\' -> bytes.write('\\');
                case 'x' -> {
                    if (i + 2 >= text.length
                            || !HexFormat.isHexDigit(text[i + 1])
                            || !HexFormat.isHexDigit(text[i + 2])) {
                        throw new IllegalArgumentException(
                                "\\x is not followed by two hexadecimal digits");
                    }
                    bytes.write(
                            HexFormat.fromHexDigit(text[i + 1]) << 4
                                    | HexFormat.fromHexDigit(text[i + 2]));
                    i += 2;
                }
                default ->
                        throw new IllegalArgumentException(
                                "a backslash is followed by none of t n r x \\");
            }
            i++;
        }
        return bytes.toByteArray();
    }
}
