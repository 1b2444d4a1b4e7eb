package dev.kvarts.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts another virtual machine like this one: same JDK, same class path, same flags.
final class JavaProcess {
    /// The library of Zstandard is native.
    private static final String NATIVE_FLAG = "--enable-native-access=ALL-UNNAMED";

    private JavaProcess() {}

    static ProcessBuilder command(String mainClass, List<String> arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(NATIVE_FLAG);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(mainClass);
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }
}
