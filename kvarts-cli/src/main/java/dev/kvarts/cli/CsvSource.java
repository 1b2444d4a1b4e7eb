package dev.kvarts.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Rows of a CSV or TSV file (RFC 4180: quotes, line ends inside quotes). One column is the key;
/// the value is another column, or the whole row as JSON: an object by column names, an array where
/// there is no header.
final class CsvSource implements EntrySource {
    private final InputStream in;
    private final char separator;
    private final boolean hasHeader;
    private final String keyColumn;
    private final String valueColumn; // null: the whole row

    /// Columns are given by name, or by number from 1. `keyColumn` null is the first.
    CsvSource(
            InputStream in,
            char separator,
            boolean hasHeader,
            String keyColumn,
            String valueColumn) {
        this.in = in;
        this.separator = separator;
        this.hasHeader = hasHeader;
        this.keyColumn = keyColumn == null ? "1" : keyColumn;
        this.valueColumn = valueColumn;
    }

    @Override
    public void read(Receiver receiver) throws IOException {
        try (CsvReader<CsvRecord> reader =
                CsvReader.builder()
                        .fieldSeparator(separator)
                        .skipEmptyLines(true)
                        .detectBomHeader(true)
                        .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                        .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                        .maxBufferSize(1 << 30)
                        .ofCsvRecord(in, StandardCharsets.UTF_8)) {
            List<String> header = null;
            int key = -1;
            int value = -1;
            for (CsvRecord row : reader) {
                if (key < 0) {
                    List<String> names = hasHeader ? row.getFields() : List.of();
                    key = column(keyColumn, names);
                    value = valueColumn == null ? -1 : column(valueColumn, names);
                    if (hasHeader) {
                        header = names;
                        continue;
                    }
                }
                byte[] content = value < 0 ? json(header, row.getFields()) : field(row, value);
                receiver.accept(key(row, key), content);
            }
        } catch (CsvParseException e) {
            throw new CommandException(ExitCode.USAGE, "not CSV: " + e.getMessage(), e);
        }
    }

    private static byte[] key(CsvRecord row, int column) {
        byte[] key = field(row, column);
        if (key.length == 0) {
            throw new CommandException(
                    ExitCode.USAGE, "line " + row.getStartingLineNumber() + ": the key is empty");
        }
        return key;
    }

    private static byte[] field(CsvRecord row, int column) {
        if (column >= row.getFieldCount()) {
            throw new CommandException(
                    ExitCode.USAGE,
                    "line "
                            + row.getStartingLineNumber()
                            + ": no column "
                            + (column + 1)
                            + ", the row has "
                            + row.getFieldCount());
        }
        return row.getField(column).getBytes(StandardCharsets.UTF_8);
    }

    private static int column(String column, List<String> names) {
        int index = names.indexOf(column);
        if (index >= 0) {
            return index;
        }
        try {
            int number = Integer.parseInt(column);
            if (number >= 1 && (names.isEmpty() || number <= names.size())) {
                return number - 1;
            }
        } catch (NumberFormatException notANumber) {
            if (names.isEmpty()) {
                throw new CommandException(
                        ExitCode.USAGE,
                        "without a header a column is a number: " + column,
                        notANumber);
            }
        }
        throw new CommandException(
                ExitCode.USAGE,
                "no such column: " + column + "; there are: " + String.join(", ", names));
    }

    private static byte[] json(List<String> header, List<String> fields) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            if (header == null) {
                json.writeStartArray();
                for (String field : fields) {
                    json.writeString(field);
                }
                json.writeEndArray();
            } else {
                json.writeStartObject();
                for (int i = 0; i < fields.size(); i++) {
                    json.writeStringField(
                            i < header.size() ? header.get(i) : "column" + (i + 1), fields.get(i));
                }
                json.writeEndObject();
            }
        }
        return bytes.toByteArray();
    }
}
