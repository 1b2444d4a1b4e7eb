package dev.kvarts.api;

/// What shapes a new keyspace. Stored in the manifest when it is created.
///
/// @param utilisationPercent share of the stored bytes that must be alive, 50..95, default 80.
///   Higher saves disk and writes more while overwriting; lower the other way round
public record KeyspaceOptions(int utilisationPercent) {
    public static final int UTILISATION_PERCENT_MIN = 50;
    public static final int UTILISATION_PERCENT_MAX = 95;

    public KeyspaceOptions {
        if (utilisationPercent < UTILISATION_PERCENT_MIN
                || utilisationPercent > UTILISATION_PERCENT_MAX) {
            throw new IllegalArgumentException(
                    "keyspace option out of range: utilisationPercent="
                            + utilisationPercent
                            + " min="
                            + UTILISATION_PERCENT_MIN
                            + " max="
                            + UTILISATION_PERCENT_MAX);
        }
    }

    public static KeyspaceOptions defaults() {
        return new KeyspaceOptions(80);
    }

    public KeyspaceOptions withUtilisationPercent(int percent) {
        return new KeyspaceOptions(percent);
    }
}
