package dev.kvarts.cli;

import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/// The class files of the JDK that runs this program, which every machine with a JDK has.
final class JdkImage {
    static final String SCHEME = "jrt:";
    static final String CLASS_FILES = ".class";

    private JdkImage() {}

    /// What keys are relative to: they begin with the name of the module.
    static Path modules() {
        return FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
    }

    /// `jrt:/` is all modules, `jrt:/java.base` one of them.
    static Path root(String uri) {
        String below = uri.substring(SCHEME.length()).replaceAll("^/+|/+$", "");
        return below.isEmpty() ? modules() : modules().resolve(below);
    }
}
