package dev.kvarts.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/// The truth of the demo: the class files of the running JDK, read again each time and never from
/// memory.
final class DemoImage {
    /// Of every JDK; where only one module is looked at, part of its name may stand for it.
    private static final String PACKAGE = "/java/util/";

    private final Path root;

    DemoImage(Path root) {
        this.root = root;
    }

    /// Every class file, in the order of the image.
    TreeSource source() {
        return new TreeSource(JdkImage.modules(), root, null, JdkImage.CLASS_FILES);
    }

    /// The content of one class file.
    static byte[] original(byte[] key) throws IOException {
        return Files.readAllBytes(JdkImage.modules().resolve(text(key)));
    }

    /// Keys of the class files below a path, in order.
    static NavigableSet<byte[]> keysBelow(String prefix) throws IOException {
        var keys = new TreeSet<byte[]>(Arrays::compareUnsigned);
        Path folder = JdkImage.modules().resolve(prefix);
        new TreeSource(JdkImage.modules(), folder, null, JdkImage.CLASS_FILES).keys(keys::add);
        return keys;
    }

    /// The path of a package that several of these classes are in, with a slash at its end.
    static String packageAmong(List<byte[]> keys) {
        for (byte[] key : keys) {
            int at = text(key).indexOf(PACKAGE);
            if (at >= 0) {
                return text(key).substring(0, at + PACKAGE.length());
            }
        }
        String any = text(keys.get(keys.size() / 2));
        return any.substring(0, any.lastIndexOf('/') + 1);
    }

    static String text(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }
}
