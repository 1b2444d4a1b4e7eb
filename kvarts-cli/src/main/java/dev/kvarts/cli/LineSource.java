package dev.kvarts.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Lines `key<TAB>value`; or whole lines as values under their line numbers. Lines are bytes that
/// end at `\n`.
final class LineSource implements EntrySource {
    private final InputStream in;
    private final boolean numbered;
    private final Decoding keys;
    private final Decoding values;

    LineSource(InputStream in, boolean numbered, Decoding keys, Decoding values) {
        this.in = new BufferedInputStream(in, 64 << 10);
        this.numbered = numbered;
        this.keys = keys;
        this.values = values;
    }

    @Override
    public void read(Receiver receiver) throws IOException {
        var line = new ByteArrayOutputStream();
        long number = 0;
        for (int b = in.read(); b != -1; b = in.read()) {
            if (b == '\n') {
                accept(line.toByteArray(), ++number, receiver);
                line.reset();
            } else {
                line.write(b);
            }
        }
        if (line.size() > 0) {
            accept(line.toByteArray(), ++number, receiver);
        }
    }

    private void accept(byte[] line, long number, Receiver receiver) throws IOException {
        try {
            if (numbered) {
                receiver.accept(
                        Long.toString(number).getBytes(StandardCharsets.UTF_8),
                        values.decode(line));
                return;
            }
            int tab = 0;
            while (tab < line.length && line[tab] != '\t') {
                tab++;
            }
            if (tab == line.length) {
                throw new IllegalArgumentException("no tab between key and value");
            }
            receiver.accept(
                    keys.decode(Arrays.copyOf(line, tab)),
                    values.decode(Arrays.copyOfRange(line, tab + 1, line.length)));
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCode.USAGE, "line " + number + ": " + e.getMessage(), e);
        }
    }

    /// From what is in the line to the bytes that are meant.
    interface Decoding {
        byte[] decode(byte[] text);

        static Decoding of(Notation notation, boolean escaped) {
            if (notation != Notation.TEXT) {
                return text -> notation.parse(new String(text, StandardCharsets.UTF_8));
            }
            return escaped ? Notation::unescaped : text -> text;
        }
    }
}
