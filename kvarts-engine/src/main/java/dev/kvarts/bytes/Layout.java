package dev.kvarts.bytes;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Fields that follow each other without gaps: a format's table of fields, for programs to read.
///
/// Writers and hot readers know their offsets by heart; whoever describes a file goes through this.
public final class Layout {
    private final List<Field> fields;

    private Layout(List<Field> fields) {
        this.fields = List.copyOf(fields);
    }

    /// How a field is shown.
    public enum Form {
        /// ASCII.
        TEXT,
        /// Unsigned, little-endian, of 1 to 8 bytes.
        NUMBER,
        /// As [#NUMBER], in base 16: checksums and identities.
        HEX,
        /// Zeros.
        RESERVED
    }

    /// One field; `offset` counts from where the layout begins.
    public record Field(String name, long offset, int size, Form form) {
        /// What the field holds in a layout that begins at `at`. Requires: it lies in the segment.
        public String text(MemorySegment segment, long at) {
            return switch (form) {
                case TEXT -> ascii(Bytes.copyOut(segment, at + offset, size));
                case NUMBER -> Long.toUnsignedString(number(segment, at));
                case HEX -> String.format("%0" + 2 * size + "x", number(segment, at));
                case RESERVED -> allZero(segment, at + offset, size) ? "0" : "not 0";
            };
        }

        /// The number that the field holds. Requires: it lies in the segment.
        public long number(MemorySegment segment, long at) {
            return switch (size) {
                case 1 -> Bytes.getUnsignedByte(segment, at + offset);
                case 2 -> Bytes.getUnsignedShort(segment, at + offset);
                case 4 -> Bytes.getUnsignedInt(segment, at + offset);
                case 8 -> segment.get(Bytes.LONG, at + offset);
                default -> oddNumber(segment, at + offset);
            };
        }

        private long oddNumber(MemorySegment segment, long at) {
            long value = 0;
            for (int i = size - 1; i >= 0; i--) {
                value = value << 8 | Bytes.getUnsignedByte(segment, at + i);
            }
            return value;
        }
    }

    public static Layout begin() {
        return new Layout(List.of());
    }

    public Layout text(String name, int size) {
        return with(name, size, Form.TEXT);
    }

    public Layout number(String name, int size) {
        return with(name, size, Form.NUMBER);
    }

    public Layout hex(String name, int size) {
        return with(name, size, Form.HEX);
    }

    public Layout reserved(int size) {
        return with("reserved", size, Form.RESERVED);
    }

    private Layout with(String name, int size, Form form) {
        var more = new ArrayList<>(fields);
        more.add(new Field(name, size(), size, form));
        return new Layout(more);
    }

    public List<Field> fields() {
        return fields;
    }

    /// Bytes from the first field to the end of the last.
    public long size() {
        return fields.isEmpty() ? 0 : fields.getLast().offset() + fields.getLast().size();
    }

    /// The field of this name.
    public Field field(String name) {
        for (Field field : fields) {
            if (field.name.equals(name)) {
                return field;
            }
        }
        throw new IllegalArgumentException("layout: no field name=" + name);
    }

    /// The number in the field of this name, in a layout that begins at `at`.
    public long number(String name, MemorySegment segment, long at) {
        return field(name).number(segment, at);
    }

    /// Whether all these bytes are 0.
    public static boolean allZero(MemorySegment segment, long from, long size) {
        long at = from;
        for (; at + Long.BYTES <= from + size; at += Long.BYTES) {
            if (segment.get(Bytes.LONG, at) != 0) {
                return false;
            }
        }
        for (; at < from + size; at++) {
            if (segment.get(Bytes.BYTE, at) != 0) {
                return false;
            }
        }
        return true;
    }

    private static String ascii(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] < ' ' || bytes[i] > '~') {
                bytes[i] = '?';
            }
        }
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
