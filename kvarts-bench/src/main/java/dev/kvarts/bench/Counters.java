package dev.kvarts.bench;

/// Totals that a store keeps itself since it was opened; NaN where it does not.
///
/// @param writtenBytes bytes of data files written, the log not among them
/// @param hitReads data reads made by lookups that found their key in a file
/// @param fileHits lookups that found their key in a file
/// @param missReads data reads made by lookups that found nothing
/// @param misses lookups that found nothing
/// @param indexBytes memory used for finding keys, now
/// @param entries number of entries, now
/// @param dataBytes bytes of data files, now
/// @param runs number of files or sorted runs that a lookup may have to look into, now
/// @param syncs times that the log was forced to the device
record Counters(
        double writtenBytes,
        double hitReads,
        double fileHits,
        double missReads,
        double misses,
        double indexBytes,
        double entries,
        double dataBytes,
        double runs,
        double syncs) {
    static final Counters UNKNOWN =
            new Counters(
                    Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    Double.NaN);

    static Counters written(double writtenBytes) {
        return UNKNOWN.withWritten(writtenBytes);
    }

    Counters withWritten(double writtenBytes) {
        return new Counters(
                writtenBytes,
                hitReads,
                fileHits,
                missReads,
                misses,
                indexBytes,
                entries,
                dataBytes,
                runs,
                syncs);
    }

    Counters withIndex(double indexBytes, double entries) {
        return new Counters(
                writtenBytes,
                hitReads,
                fileHits,
                missReads,
                misses,
                indexBytes,
                entries,
                dataBytes,
                runs,
                syncs);
    }

    Counters withFiles(double dataBytes, double runs) {
        return new Counters(
                writtenBytes,
                hitReads,
                fileHits,
                missReads,
                misses,
                indexBytes,
                entries,
                dataBytes,
                runs,
                syncs);
    }
}
