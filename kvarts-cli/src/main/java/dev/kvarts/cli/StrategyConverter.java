package dev.kvarts.cli;

import dev.kvarts.api.Compaction;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// Reads `unified`, `size-tiered`, ...
final class StrategyConverter implements ITypeConverter<Compaction> {
    static String nameOf(Compaction strategy) {
        return strategy.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public Compaction convert(String text) {
        for (Compaction each : Compaction.values()) {
            if (nameOf(each).equals(text.toLowerCase(Locale.ROOT).replace('_', '-'))) {
                return each;
            }
        }
        throw new TypeConversionException(
                "no such strategy: '"
                        + text
                        + "'; there are: "
                        + Arrays.stream(Compaction.values())
                                .map(StrategyConverter::nameOf)
                                .collect(Collectors.joining(", ")));
    }
}
