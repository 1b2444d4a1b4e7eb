package dev.kvarts.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes entries one per line: `key<TAB>value`, or a JSON object each.
///
/// @param out where to
/// @param json whether lines are JSON
/// @param keys notation of keys
/// @param values notation of values
/// @param valueSizeMax bytes of a value that are shown in a line that is not JSON; what is cut off
///   is said
record EntryPrinter(
        OutputStream out, boolean json, Notation keys, Notation values, int valueSizeMax) {
    /// Writes one entry; without its value if that is null.
    void print(byte[] key, byte[] value) throws IOException {
        if (json) {
            Json.object(
                    out,
                    false,
                    generator -> {
                        Json.bytes(generator, "key", key, keys);
                        if (value != null) {
                            Json.bytes(generator, "value", value, values);
                        }
                    });
            return;
        }
        out.write(keys.format(key).getBytes(StandardCharsets.UTF_8));
        if (value != null) {
            out.write('\t');
            boolean cut = value.length > valueSizeMax;
            byte[] shown = cut ? Arrays.copyOf(value, valueSizeMax) : value;
            out.write(values.format(shown).getBytes(StandardCharsets.UTF_8));
            if (cut) {
                out.write(
                        (" ... (" + Units.bytes(value.length) + ")")
                                .getBytes(StandardCharsets.UTF_8));
            }
        }
        out.write('\n');
    }
}
