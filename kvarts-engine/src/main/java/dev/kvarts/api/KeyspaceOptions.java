package dev.kvarts.api;

import java.time.Duration;
import java.util.Objects;

/// What shapes a keyspace. Stored in the manifest.
///
/// Of hashed keyspaces, fixed when one is created:
///
/// @param utilisationPercent share of the stored bytes that must be alive, 50..95, default 80.
///   Higher saves disk and writes more while overwriting; lower the other way round
///
///   Of ordered keyspaces; they hold for what is written from then on:
///
/// @param compaction how tables are merged; default [Compaction#UNIFIED]
/// @param window of [Compaction#TIME_WINDOW], at least a second; default a day
/// @param valueSeparation values of at least so many bytes are kept apart from their keys, in value
///   files; 64..65536, default 1024. Lower writes less and makes scans of values slower; larger
///   values are always kept apart
/// @param blockBytes of a table, before compression; 1024..32768, default 4096. Larger compresses
///   better and reads more for one key
/// @param codec name of what compresses tables, and values in value files that shrink by an eighth
///   or more: `none`, `lz4`, or that of one of [Options#codecs()]; default `none`, which is read
///   without a copy
public record KeyspaceOptions(
        int utilisationPercent,
        Compaction compaction,
        Duration window,
        int valueSeparation,
        int blockBytes,
        String codec) {
    public static final int UTILISATION_PERCENT_MIN = 50;
    public static final int UTILISATION_PERCENT_MAX = 95;
    public static final int VALUE_SEPARATION_MIN = 64;
    public static final int VALUE_SEPARATION_MAX = 65_536;
    public static final int BLOCK_BYTES_MIN = 1_024;
    public static final int BLOCK_BYTES_MAX = 32_768;
    public static final Duration WINDOW_MIN = Duration.ofSeconds(1);

    private static final KeyspaceOptions DEFAULTS =
            new KeyspaceOptions(80, Compaction.UNIFIED, Duration.ofDays(1), 1_024, 4_096, "none");

    public KeyspaceOptions {
        Objects.requireNonNull(compaction, "compaction");
        Objects.requireNonNull(window, "window");
        Objects.requireNonNull(codec, "codec");
        require(
                "utilisationPercent",
                utilisationPercent,
                UTILISATION_PERCENT_MIN,
                UTILISATION_PERCENT_MAX);
        require("valueSeparation", valueSeparation, VALUE_SEPARATION_MIN, VALUE_SEPARATION_MAX);
        require("blockBytes", blockBytes, BLOCK_BYTES_MIN, BLOCK_BYTES_MAX);
        if (window.compareTo(WINDOW_MIN) < 0) {
            throw new IllegalArgumentException(
                    "keyspace option out of range: window=" + window + " min=" + WINDOW_MIN);
        }
    }

    private static void require(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(
                    "keyspace option out of range: "
                            + name
                            + "="
                            + value
                            + " min="
                            + min
                            + " max="
                            + max);
        }
    }

    public static KeyspaceOptions defaults() {
        return DEFAULTS;
    }

    public KeyspaceOptions withUtilisationPercent(int percent) {
        return new KeyspaceOptions(percent, compaction, window, valueSeparation, blockBytes, codec);
    }

    public KeyspaceOptions withCompaction(Compaction strategy) {
        return new KeyspaceOptions(
                utilisationPercent, strategy, window, valueSeparation, blockBytes, codec);
    }

    public KeyspaceOptions withWindow(Duration duration) {
        return new KeyspaceOptions(
                utilisationPercent, compaction, duration, valueSeparation, blockBytes, codec);
    }

    public KeyspaceOptions withValueSeparation(int bytes) {
        return new KeyspaceOptions(
                utilisationPercent, compaction, window, bytes, blockBytes, codec);
    }

    public KeyspaceOptions withBlockBytes(int bytes) {
        return new KeyspaceOptions(
                utilisationPercent, compaction, window, valueSeparation, bytes, codec);
    }

    public KeyspaceOptions withCodec(String name) {
        return new KeyspaceOptions(
                utilisationPercent, compaction, window, valueSeparation, blockBytes, name);
    }
}
