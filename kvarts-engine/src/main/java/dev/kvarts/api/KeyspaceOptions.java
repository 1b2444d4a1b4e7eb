package dev.kvarts.api;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.function.Consumer;

/// What shapes a keyspace. Stored in the manifest; a keyspace that exists takes on others, and they
/// hold for what is written from then on. Durations are in whole milliseconds; what is finer is cut
/// off.
///
/// @param utilisationPercent share of the stored bytes (of an ordered keyspace: of its value files)
///   that must be alive, 50..95, default 80. Higher saves disk and writes more while overwriting;
///   lower the other way round
///
///   Of ordered keyspaces:
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
///
///   What its entries are:
///
/// @param ttl how long an entry lives whose write does not say; zero, the default, is for ever
/// @param mergeOperator name of what [Keyspace#merge] does: of one that is built in (see
///   [MergeOperator]) or of one of [Options#mergeOperators()]; empty, the default, is none
/// @param gatherWindow how long the parts of one record are gathered; 1 ms to a day, default 5 s
/// @param history how far back reads as of a time see; zero, the default, is not at all. What is
///   overwritten within that time takes space
/// @param policy what its owner allows; default [KeyspacePolicy#none()]
public record KeyspaceOptions(
        int utilisationPercent,
        Compaction compaction,
        Duration window,
        int valueSeparation,
        int blockBytes,
        String codec,
        Duration ttl,
        String mergeOperator,
        Duration gatherWindow,
        Duration history,
        KeyspacePolicy policy) {
    public static final int UTILISATION_PERCENT_MIN = 50;
    public static final int UTILISATION_PERCENT_MAX = 95;
    public static final int VALUE_SEPARATION_MIN = 64;
    public static final int VALUE_SEPARATION_MAX = 65_536;
    public static final int BLOCK_BYTES_MIN = 1_024;
    public static final int BLOCK_BYTES_MAX = 32_768;
    public static final Duration WINDOW_MIN = Duration.ofSeconds(1);
    public static final Duration GATHER_WINDOW_MIN = Duration.ofMillis(1);
    public static final Duration GATHER_WINDOW_MAX = Duration.ofDays(1);

    private static final KeyspaceOptions DEFAULTS =
            new KeyspaceOptions(
                    80,
                    Compaction.UNIFIED,
                    Duration.ofDays(1),
                    1_024,
                    4_096,
                    "none",
                    Duration.ZERO,
                    "",
                    Duration.ofSeconds(5),
                    Duration.ZERO,
                    KeyspacePolicy.none());

    public KeyspaceOptions {
        Objects.requireNonNull(compaction, "compaction");
        Objects.requireNonNull(window, "window");
        Objects.requireNonNull(codec, "codec");
        Objects.requireNonNull(mergeOperator, "mergeOperator");
        Objects.requireNonNull(policy, "policy");
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
        ttl = KeyspacePolicy.lifetime("ttl", ttl);
        gatherWindow = gatherWindow.truncatedTo(ChronoUnit.MILLIS);
        if (gatherWindow.compareTo(GATHER_WINDOW_MIN) < 0
                || gatherWindow.compareTo(GATHER_WINDOW_MAX) > 0) {
            throw new IllegalArgumentException(
                    "keyspace option out of range: gatherWindow="
                            + gatherWindow
                            + " min="
                            + GATHER_WINDOW_MIN
                            + " max="
                            + GATHER_WINDOW_MAX);
        }
        history = KeyspacePolicy.lifetime("history", history);
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
        return with(draft -> draft.utilisationPercent = percent);
    }

    public KeyspaceOptions withCompaction(Compaction strategy) {
        return with(draft -> draft.compaction = strategy);
    }

    public KeyspaceOptions withWindow(Duration duration) {
        return with(draft -> draft.window = duration);
    }

    public KeyspaceOptions withValueSeparation(int bytes) {
        return with(draft -> draft.valueSeparation = bytes);
    }

    public KeyspaceOptions withBlockBytes(int bytes) {
        return with(draft -> draft.blockBytes = bytes);
    }

    public KeyspaceOptions withCodec(String name) {
        return with(draft -> draft.codec = name);
    }

    public KeyspaceOptions withTtl(Duration duration) {
        return with(draft -> draft.ttl = duration);
    }

    public KeyspaceOptions withMergeOperator(String name) {
        return with(draft -> draft.mergeOperator = name);
    }

    public KeyspaceOptions withGatherWindow(Duration duration) {
        return with(draft -> draft.gatherWindow = duration);
    }

    public KeyspaceOptions withHistory(Duration duration) {
        return with(draft -> draft.history = duration);
    }

    public KeyspaceOptions withPolicy(KeyspacePolicy rules) {
        return with(draft -> draft.policy = rules);
    }

    private KeyspaceOptions with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.done();
    }

    /// Options that are being changed.
    private static final class Draft {
        private int utilisationPercent;
        private Compaction compaction;
        private Duration window;
        private int valueSeparation;
        private int blockBytes;
        private String codec;
        private Duration ttl;
        private String mergeOperator;
        private Duration gatherWindow;
        private Duration history;
        private KeyspacePolicy policy;

        Draft(KeyspaceOptions from) {
            this.utilisationPercent = from.utilisationPercent;
            this.compaction = from.compaction;
            this.window = from.window;
            this.valueSeparation = from.valueSeparation;
            this.blockBytes = from.blockBytes;
            this.codec = from.codec;
            this.ttl = from.ttl;
            this.mergeOperator = from.mergeOperator;
            this.gatherWindow = from.gatherWindow;
            this.history = from.history;
            this.policy = from.policy;
        }

        KeyspaceOptions done() {
            return new KeyspaceOptions(
                    utilisationPercent,
                    compaction,
                    window,
                    valueSeparation,
                    blockBytes,
                    codec,
                    ttl,
                    mergeOperator,
                    gatherWindow,
                    history,
                    policy);
        }
    }
}
