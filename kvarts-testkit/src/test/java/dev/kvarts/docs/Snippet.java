package dev.kvarts.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A piece of Java between two fences, in a page or in a doc comment.
///
/// @param file where it is
/// @param line the line of its first line of code, from 1
/// @param code the code as a reader sees it
record Snippet(Path file, int line, String code) {
    /// A fence, with what stands before it: blanks, and the slashes of a doc comment.
    private static final Pattern OPEN = Pattern.compile("(\\s*(?:///)?\\s*)```java\\s*");

    private static final Pattern IMPORT = Pattern.compile("(?m)^import [^;]+;$");

    /// A program of its own, not a few statements.
    private static final Pattern WHOLE =
            Pattern.compile(
                    "(?m)^(?:(?:public|final|sealed|abstract) )*"
                            + "(?:(?:class|record|interface|enum) \\w|(?:static )?void main\\()");

    private static final Pattern PUBLIC_TYPE =
            Pattern.compile("(?m)^public (?:final )?(?:class|record|interface|enum) (\\w+)");

    /// What a few statements may speak of without saying what it is.
    private static final String AROUND =
            """
            Database db; Keyspace users, events, counters, keyspace; Options options;
            Path path, directory, backup; byte[] key, value, k1, k2, k3, v1, v2, v3, expected;
            List<byte[]> keys; MemorySegment segment; SimulatedDisk disk;
            """
                    .replace('\n', ' ');

    static List<Snippet> of(Path file) throws IOException {
        var found = new ArrayList<Snippet>();
        var code = new ArrayList<String>();
        int first = 0; // line of the open fence's first line of code; 0 outside of fences
        int margin = 0;
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            var open = OPEN.matcher(line);
            if (first == 0 && open.matches()) {
                first = number + 1;
                margin = open.group(1).length();
            } else if (first > 0 && line.strip().replaceFirst("^/// ?", "").equals("```")) {
                found.add(new Snippet(file, first, String.join("\n", code) + "\n"));
                code.clear();
                first = 0;
            } else if (first > 0) {
                code.add(line.length() <= margin ? "" : line.substring(margin));
            }
        }
        if (first > 0) {
            throw new IllegalArgumentException("fence is not closed: " + file + ":" + (first - 1));
        }
        return found;
    }

    /// The compilation unit's name, which a public type prescribes.
    String unitName() {
        var type = PUBLIC_TYPE.matcher(code);
        return type.find() ? type.group(1) : "Snippet";
    }

    /// The compilation unit, its first line of code on line 1 still: messages keep their lines.
    String unit() {
        if (WHOLE.matcher(code).find()) {
            return code;
        }
        var imports = new StringBuilder("import module java.base; ");
        imports.append(
                "import dev.kvarts.*; import dev.kvarts.api.*; import dev.kvarts.testkit.*; ");
        var statements = IMPORT.matcher(code);
        while (statements.find()) {
            imports.append(statements.group()).append(' ');
        }
        return imports
                + "final class Snippet { "
                + AROUND
                + "void read() throws Exception { "
                + IMPORT.matcher(code).replaceAll("")
                + "\n}}\n";
    }
}
