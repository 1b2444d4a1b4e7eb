package dev.kvarts.cli;

import dev.kvarts.compression.ZstdCodec;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.List;
import java.util.Locale;

/// Reads the name of a codec: one that is built in, or [ZstdCodec], which [Session] adds.
final class CodecConverter implements ITypeConverter<String> {
    static final List<String> NAMES = List.of("none", "lz4", "zstd");

    @Override
    public String convert(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        if (!NAMES.contains(name)) {
            throw new TypeConversionException(
                    "no such codec: '" + text + "'; there are: " + String.join(", ", NAMES));
        }
        return name;
    }
}
