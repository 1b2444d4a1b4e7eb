package dev.kvarts.vlog;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Decides which value files are written anew, and when.
///
/// Space is reclaimed as late and as little as possible: when the bytes of all files and the next
/// one outgrow what the utilisation allows. A victim's worth is `(1 - u) * age / (1 + u)`, where
/// `u` is its live share (cost-benefit, Rosenblum and Ousterhout 1992): under skewed overwrites a
/// young file will be emptier soon by itself. Survivors of a few victims make a file of their own,
/// about as large as a flush: what survived one reclaim is cold, and mixed with new values it would
/// be written again and again.
///
/// A file that no table points to is none of the picker's concern: it is deleted, not reclaimed.
public final class ReclaimPicker {
    private static final double LIVE_SHARE_MAX = 0.95;
    private static final double OVERSHOOT = 1.25;
    private static final int SLACK_OUTPUTS = 2; // garbage of a small keyspace: not worth a reclaim
    private static final int SMALL_FILES_MAX = 64;
    private static final int SMALL_DIVISOR = 8; // of an output: what is smaller is small

    private ReclaimPicker() {}

    /// Files whose survivors are to be written into a new one; empty if nothing is to be done.
    ///
    /// @param utilisationPercent share of the bytes of all files that must be alive
    /// @param outputBytes of a file that a flush writes; survivors of one round are not many more,
    ///   unless a single file has them
    public static List<ValueFileUse> pick(
            List<ValueFileUse> files, int utilisationPercent, long outputBytes) {
        List<ValueFileUse> inUse = files.stream().filter(file -> file.liveBytes() > 0).toList();
        long live = 0;
        long stored = 0;
        for (ValueFileUse file : inUse) {
            live += file.survivorBytes();
            stored += file.fileBytes();
        }
        long allowed =
                Math.max(live * 100 / utilisationPercent, live + SLACK_OUTPUTS * outputBytes);
        return stored + outputBytes > allowed
                ? victims(inUse, outputBytes)
                : tooManySmall(inUse, outputBytes);
    }

    private static List<ValueFileUse> victims(List<ValueFileUse> files, long outputBytes) {
        var byWorth = new ArrayList<>(files);
        byWorth.removeIf(file -> file.liveShare() > LIVE_SHARE_MAX);
        byWorth.sort(
                Comparator.comparingDouble((ValueFileUse file) -> -worth(file))
                        .thenComparingLong(ValueFileUse::number));
        return filling(byWorth, outputBytes);
    }

    private static double worth(ValueFileUse file) {
        double live = file.liveShare();
        return (1 - live) * (file.age() + 1) / (1 + live);
    }

    /// Small files that a scan must open one by one become a large one.
    private static List<ValueFileUse> tooManySmall(List<ValueFileUse> files, long outputBytes) {
        var small = new ArrayList<>(files);
        small.removeIf(file -> file.fileBytes() >= outputBytes / SMALL_DIVISOR);
        if (small.size() <= SMALL_FILES_MAX) {
            return List.of();
        }
        small.sort(Comparator.comparingLong(ValueFileUse::fileBytes));
        return filling(small, outputBytes);
    }

    /// The first of these, as long as their survivors make one file.
    private static List<ValueFileUse> filling(List<ValueFileUse> ordered, long outputBytes) {
        List<ValueFileUse> chosen = new ArrayList<>();
        long survivors = 0;
        for (ValueFileUse file : ordered) {
            long after = survivors + file.survivorBytes();
            if (chosen.isEmpty() || after <= OVERSHOOT * outputBytes) {
                chosen.add(file);
                survivors = after;
            }
            if (survivors >= outputBytes) {
                break;
            }
        }
        return chosen;
    }
}
