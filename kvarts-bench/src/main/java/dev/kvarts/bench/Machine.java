package dev.kvarts.bench;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Where numbers were measured; each number belongs to such a place.
record Machine(Map<String, String> facts) {
    static Machine of(Path directory) {
        var facts = new LinkedHashMap<String, String>();
        facts.put("processor", cpuModel());
        facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        double memory = ProcessProbe.field(Path.of("/proc/meminfo"), "MemTotal:");
        if (!Double.isNaN(memory)) {
            facts.put("memory", Math.round(memory / (1 << 20)) + " GiB");
        }
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put(
                "java",
                System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        try {
            FileStore files = Files.getFileStore(directory);
            facts.put("file system", files.type());
            facts.put("device", files.name());
        } catch (IOException e) {
            facts.put("file system", "unknown");
        }
        return new Machine(facts);
    }

    private static String cpuModel() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
                if (line.startsWith("model name")) {
                    return line.substring(line.indexOf(':') + 1).trim();
                }
            }
        } catch (IOException e) {
            // Not a Linux.
        }
        return System.getProperty("os.arch");
    }
}
