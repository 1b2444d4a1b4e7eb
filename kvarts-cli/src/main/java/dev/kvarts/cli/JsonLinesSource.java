package dev.kvarts.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;

import java.io.IOException;
import java.io.InputStream;

/// JSON objects `{"key": ..., "value": ...}`, or with `keyHex`, `keyBase64`, `valueHex`,
/// `valueBase64`: what `export` and `scan` write. Other fields are ignored.
final class JsonLinesSource implements EntrySource {
    private final InputStream in;

    JsonLinesSource(InputStream in) {
        this.in = in;
    }

    @Override
    public void read(Receiver receiver) throws IOException {
        var factory =
                JsonFactory.builder()
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxStringLength(Integer.MAX_VALUE)
                                        .build())
                        .build();
        long count = 0;
        try (JsonParser parser = factory.createParser(in)) {
            while (parser.nextToken() != null) {
                count++;
                entry(parser, receiver);
            }
        } catch (JsonProcessingException e) {
            var location = e.getLocation();
            throw new CommandException(
                    ExitCode.USAGE,
                    "not JSON: line "
                            + location.getLineNr()
                            + " column "
                            + location.getColumnNr()
                            + ": "
                            + e.getOriginalMessage(),
                    e);
        } catch (IllegalArgumentException e) {
            throw new CommandException(
                    ExitCode.USAGE, "object " + count + ": " + e.getMessage(), e);
        }
    }

    private static void entry(JsonParser parser, Receiver receiver) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("not a JSON object");
        }
        byte[] key = null;
        byte[] value = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            if (token.isStructStart()) {
                parser.skipChildren();
                continue;
            }
            switch (name) {
                case "key" -> key = Notation.TEXT.parse(parser.getText());
                case "keyHex" -> key = Notation.HEX.parse(parser.getText());
                case "keyBase64" -> key = Notation.BASE64.parse(parser.getText());
                case "value" -> value = Notation.TEXT.parse(parser.getText());
                case "valueHex" -> value = Notation.HEX.parse(parser.getText());
                case "valueBase64" -> value = Notation.BASE64.parse(parser.getText());
                default -> {}
            }
        }
        if (key == null || value == null) {
            throw new IllegalArgumentException("no " + (key == null ? "key" : "value"));
        }
        receiver.accept(key, value);
    }
}
