package dev.kvarts.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;

import java.io.IOException;
import java.io.OutputStream;

/// Writes the JSON of every command: one object per line when there are many, one indented object
/// when there is one.
final class Json {
    private Json() {}

    /// Writes one object; the generator stands inside it. Closing `out` is the caller's business.
    static void object(OutputStream out, boolean indented, Content content) throws IOException {
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
            if (indented) {
                var printer = new DefaultPrettyPrinter();
                printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
                json.setPrettyPrinter(printer);
            }
            json.writeStartObject();
            content.write(json);
            json.writeEndObject();
        }
        out.write('\n');
    }

    /// Writes bytes under a name that says how: `key` when they are text, `keyBase64` when they are
    /// not or when that is asked for, `keyHex` when that is. A reader who knows the name knows the
    /// bytes.
    static void bytes(JsonGenerator json, String name, byte[] bytes, Notation notation)
            throws IOException {
        String text = notation == Notation.TEXT ? Notation.utf8(bytes) : null;
        if (text != null) {
            json.writeStringField(name, text);
        } else if (notation == Notation.HEX) {
            json.writeStringField(name + "Hex", Notation.HEX.format(bytes));
        } else {
            json.writeStringField(name + "Base64", Notation.BASE64.format(bytes));
        }
    }

    interface Content {
        void write(JsonGenerator json) throws IOException;
    }
}
