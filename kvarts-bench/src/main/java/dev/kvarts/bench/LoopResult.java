package dev.kvarts.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// A loop and its rival, measured in turn.
///
/// @param kvarts nanoseconds of one operation in each round
/// @param rival likewise
record LoopResult(Loop loop, double[] kvarts, double[] rival) {
    /// How many times as fast as the rival, round by round.
    Spread ratio() {
        return Spread.of(
                IntStream.range(0, kvarts.length).mapToDouble(i -> rival[i] / kvarts[i]).toArray());
    }

    static String table(List<LoopResult> results) {
        var text = new StringBuilder();
        text.append(line("ns per operation", "kvarts", "rival", "times as fast", "rival is"));
        for (LoopResult result : results) {
            text.append(
                    line(
                            result.loop.name(),
                            nanos(result.kvarts),
                            nanos(result.rival),
                            TableReport.ratio(result.ratio()),
                            result.loop.rivalName()));
        }
        return text.toString();
    }

    private static String line(
            String loop, String kvarts, String rival, String ratio, String rivalName) {
        return String.format("%-46s %10s %10s %20s  %s%n", loop, kvarts, rival, ratio, rivalName);
    }

    private static String nanos(double[] rounds) {
        double median = Spread.of(rounds).median();
        return String.format(Locale.ROOT, median < 100 ? "%.1f" : "%,.0f", median);
    }

    static String json(LoopTimer.Pace pace, Machine machine, List<LoopResult> results) {
        var document = new LinkedHashMap<String, Object>();
        document.put("machine", machine.facts());
        var settings = new LinkedHashMap<String, Object>();
        settings.put("rounds", pace.rounds());
        settings.put("warmup_millis", pace.warmupMillis());
        settings.put("iterations", pace.iterations());
        settings.put("iteration_millis", pace.iterationMillis());
        document.put("settings", settings);
        var loops = new ArrayList<Object>();
        for (LoopResult result : results) {
            var object = new LinkedHashMap<String, Object>();
            object.put("loop", result.loop.name());
            object.put("rival", result.loop.rivalName());
            object.put("kvarts_nanos", list(result.kvarts));
            object.put("rival_nanos", list(result.rival));
            Spread ratio = result.ratio();
            object.put("kvarts_times_rival", List.of(ratio.min(), ratio.median(), ratio.max()));
            loops.add(object);
        }
        document.put("loops", loops);
        return Json.write(document);
    }

    private static List<Double> list(double[] values) {
        return DoubleStream.of(values).boxed().toList();
    }
}
