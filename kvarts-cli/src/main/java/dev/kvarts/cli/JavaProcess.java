package dev.kvarts.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Starts another virtual machine like this one: same JDK, same class path, same flags.
final class JavaProcess {
    private JavaProcess() {}

    static ProcessBuilder command(String mainClass, List<String> arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(mainClass);
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }
}
