package dev.kvarts.bench;

import dev.kvarts.bench.loops.BloomProbe;
import dev.kvarts.bench.loops.CachedBlock;
import dev.kvarts.bench.loops.ChannelWrite;
import dev.kvarts.bench.loops.ConcurrentMap;
import dev.kvarts.bench.loops.DecodedPageSearch;
import dev.kvarts.bench.loops.FilterProbe;
import dev.kvarts.bench.loops.HashTableProbe;
import dev.kvarts.bench.loops.LogAppend;
import dev.kvarts.bench.loops.Lz4Block;
import dev.kvarts.bench.loops.Lz4JavaBlock;
import dev.kvarts.bench.loops.MapOfBlocks;
import dev.kvarts.bench.loops.MapletProbe;
import dev.kvarts.bench.loops.Memtable;
import dev.kvarts.bench.loops.PageSearch;
import dev.kvarts.bench.loops.SkipListMemtable;
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
        for (String method : List.of("put", "find", "walk")) {
            loops.add(memtable(method, "list", SkipListMemtable.class, "skip list in the arena"));
            loops.add(memtable(method, "map", ConcurrentMap.class, "ConcurrentSkipListMap"));
        }
        loops.add(logAppend("entry", "16 + 100 B"));
        loops.add(logAppend("batch", "16 KiB"));
        for (String method : List.of("hit", "miss")) {
            loops.add(filterProbe(method, "100 k keys", "100000"));
            loops.add(filterProbe(method, "30 M keys", "30000000"));
        }
        loops.add(cachedBlock("4 MB", "1000"));
        loops.add(cachedBlock("400 MB", "100000"));
        loops.add(lz4("compress"));
        loops.add(lz4("restore"));
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

    private static Loop memtable(
            String method, String shortName, Class<?> rival, String rivalName) {
        return new Loop(
                "memtable, " + method + ", 400 k keys, beside a " + shortName,
                Memtable.class,
                rival,
                rivalName,
                method,
                Map.of("keys", "400000"));
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

    private static Loop filterProbe(String method, String size, String keys) {
        return new Loop(
                "filter probe, " + method + ", " + size,
                FilterProbe.class,
                BloomProbe.class,
                "Bloom filter, 10 bits a key",
                method,
                Map.of("keys", keys));
    }

    private static Loop cachedBlock(String size, String blocks) {
        return new Loop(
                "cached block, " + size,
                CachedBlock.class,
                MapOfBlocks.class,
                "ConcurrentHashMap of byte[]",
                "hit",
                Map.of("blocks", blocks));
    }

    private static Loop lz4(String method) {
        return new Loop(
                "LZ4, " + method + " 4 KiB",
                Lz4Block.class,
                Lz4JavaBlock.class,
                "lz4-java, safe Java",
                method,
                Map.of());
    }
}
