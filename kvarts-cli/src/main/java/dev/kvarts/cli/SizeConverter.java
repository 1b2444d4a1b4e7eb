package dev.kvarts.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Locale;

/// Reads sizes: `4096`, `64k`, `512m`, `2g`, also `512MiB`.
final class SizeConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
        String lower = text.toLowerCase(Locale.ROOT).replaceFirst("(i?b)$", "");
        int shift = lower.isEmpty() ? 0 : shift(lower.charAt(lower.length() - 1));
        String digits = shift == 0 ? lower : lower.substring(0, lower.length() - 1);
        try {
            long number = Long.parseLong(digits.strip());
            if (number >= 0 && number <= Long.MAX_VALUE >> shift) {
                return number << shift;
            }
        } catch (NumberFormatException notANumber) {
            throw new TypeConversionException(
                    "not a size: '" + text + "' (for example 64k, 512m, 2g)");
        }
        throw new TypeConversionException("size out of range: '" + text + "'");
    }

    private static int shift(char unit) {
        return switch (unit) {
            case 'k' -> 10;
            case 'm' -> 20;
            case 'g' -> 30;
            case 't' -> 40;
            default -> 0;
        };
    }
}
