package dev.kvarts.inspect;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.TokenHash;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.bytes.Layout;
import dev.kvarts.manifest.ManifestFormat;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Locale;

/// The options of a keyspace in a manifest, described. Of what is set or not, only what is set is
/// told.
final class OptionsView {
    private static final Layout LAYOUT = ManifestFormat.OPTIONS;

    private OptionsView() {}

    /// Where the options end that begin at `from`; -1 if the file ends before.
    static long end(MemorySegment segment, long from) {
        long size = segment.byteSize();
        long texts = from + LAYOUT.size();
        if (texts > size) {
            return -1;
        }
        long end =
                texts
                        + number(segment, "codec size", from)
                        + number(segment, "merge operator size", from)
                        + number(segment, "write token size", from)
                        + number(segment, "read token size", from);
        return end > size ? -1 : end;
    }

    /// Requires: they end within the file.
    static String describe(MemorySegment segment, long from) {
        long codecAt = from + LAYOUT.size();
        long codecSize = number(segment, "codec size", from);
        long operatorSize = number(segment, "merge operator size", from);
        var text = new StringBuilder();
        text.append("utilisation ").append(number(segment, "utilisation", from));
        text.append(" %, compaction ").append(strategy(number(segment, "compaction", from)));
        text.append(", window ").append(number(segment, "window millis", from));
        text.append(" ms, values apart from ").append(number(segment, "separation", from));
        text.append(" bytes on, blocks of ").append(number(segment, "block", from));
        text.append(" bytes, codec ").append(Preview.of(segment, codecAt, codecSize, codecSize));
        append(text, ", ttl ", duration(segment, "ttl millis", from));
        text.append(", parts gathered for ").append(number(segment, "gather millis", from));
        text.append(" ms");
        append(text, ", history ", duration(segment, "history millis", from));
        append(text, ", retention ", duration(segment, "retention millis", from));
        append(text, ", quota ", count(segment, "quota bytes", from, " bytes"));
        append(text, ", quota ", count(segment, "quota entries", from, " entries"));
        if (operatorSize != 0) {
            long at = codecAt + codecSize;
            text.append(", merges by ").append(Preview.of(segment, at, operatorSize, operatorSize));
        }
        append(text, ", write token: ", salt(segment, from, "write token size", operatorSize));
        long tokensBefore = operatorSize + number(segment, "write token size", from);
        append(text, ", read token: ", salt(segment, from, "read token size", tokensBefore));
        return text.toString();
    }

    private static void append(StringBuilder text, String name, String value) {
        if (!value.isEmpty()) {
            text.append(name).append(value);
        }
    }

    private static String strategy(long number) {
        Compaction[] known = Compaction.values();
        return number >= 0 && number < known.length
                ? known[(int) number].name().toLowerCase(Locale.ROOT).replace('_', '-')
                : Long.toString(number);
    }

    private static String duration(MemorySegment segment, String field, long from) {
        long millis = number(segment, field, from);
        return millis == 0 ? "" : Duration.ofMillis(millis).toString();
    }

    private static String count(MemorySegment segment, String field, long from, String unit) {
        long count = number(segment, field, from);
        return count == 0 ? "" : Long.toUnsignedString(count) + unit;
    }

    /// A hash is told by its salt.
    private static String salt(
            MemorySegment segment, long from, String field, long behindTheCodec) {
        long size = number(segment, field, from);
        if (size != TokenHash.SIZE) {
            return size == 0 ? "" : size + " bytes";
        }
        long at = from + LAYOUT.size() + number(segment, "codec size", from) + behindTheCodec;
        byte[] bytes = segment.asSlice(at, size).toArray(Bytes.BYTE);
        return TokenHash.ofBytes(bytes).toString();
    }

    private static long number(MemorySegment segment, String field, long from) {
        return LAYOUT.number(field, segment, from);
    }
}
