package dev.kvarts.bench;

import dev.kvarts.bench.loops.ChannelWrite;
import dev.kvarts.bench.loops.DecodedPageSearch;
import dev.kvarts.bench.loops.HashTableProbe;
import dev.kvarts.bench.loops.LogAppend;
import dev.kvarts.bench.loops.MapletProbe;
import dev.kvarts.bench.loops.PageSearch;
import dev.kvarts.bench.loops.SortedArraySearch;
import dev.kvarts.bench.loops.TableSearch;
import dev.kvarts.bench.loops.TableWalk;
import dev.kvarts.bench.loops.TreeMapWalk;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// An inner loop of the engine and its rival: two benchmarks with a method of the same name.
///
/// @param parameters of both benchmarks
record Loop(
        String name,
        Class<?> kvarts,
        Class<?> rival,
        String rivalName,
        String method,
        Map<String, String> parameters) {
    static final List<Loop> ALL = all();

    private static List<Loop> all() {
        var loops = new ArrayList<Loop>();
        for (String method : List.of("hit", "miss")) {
            loops.add(mapletProbe(method, "100 k keys", "100000"));
            loops.add(mapletProbe(method, "100 M keys", "100000000"));
        }
        for (String method : List.of("hit", "miss")) {
            for (String valueSize : List.of("100", "1024")) {
                loops.add(pageSearch(method, valueSize, "uniform", "false"));
                loops.add(pageSearch(method, valueSize, "slotted", "true"));
            }
        }
        for (String slotted : List.of("false", "true")) {
            String blocks = slotted.equals("true") ? "slotted" : "uniform";
            for (String method : List.of("hit", "miss", "seek")) {
                loops.add(
                        new Loop(
                                "table search, " + method + ", " + blocks,
                                TableSearch.class,
                                SortedArraySearch.class,
                                "binary search, keys on the heap",
                                method,
                                Map.of("slotted", slotted)));
            }
            for (String method : List.of("next", "previous")) {
                loops.add(
                        new Loop(
                                "table walk, " + method + ", " + blocks,
                                TableWalk.class,
                                TreeMapWalk.class,
                                "TreeMap on the heap",
                                method,
                                Map.of("slotted", slotted)));
            }
        }
        loops.add(logAppend("entry", "16 + 100 B"));
        loops.add(logAppend("batch", "16 KiB"));
        return List.copyOf(loops);
    }

    private static Loop mapletProbe(String method, String size, String keys) {
        return new Loop(
                "maplet probe, " + method + ", " + size,
                MapletProbe.class,
                HashTableProbe.class,
                "hash table in a long[]",
                method,
                Map.of("keys", keys));
    }

    private static Loop pageSearch(String method, String valueSize, String page, String slotted) {
        return new Loop(
                "page search, " + method + ", " + page + ", values of " + valueSize + " B",
                PageSearch.class,
                DecodedPageSearch.class,
                "binary search, decoded keys",
                method,
                Map.of("valueSize", valueSize, "slotted", slotted));
    }

    private static Loop logAppend(String method, String size) {
        return new Loop(
                "log append, " + method + " of " + size,
                LogAppend.class,
                ChannelWrite.class,
                "FileChannel.write, as many bytes",
                method,
                Map.of());
    }
}
