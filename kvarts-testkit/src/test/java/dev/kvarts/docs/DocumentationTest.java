package dev.kvarts.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.source.util.JavacTask;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// What the pages and doc comments show compiles, and their links lead somewhere.
final class DocumentationTest {
    private static final Path ROOT = Path.of("..");

    /// `[text](target)`, not an image of a picture elsewhere, without its `#part`.
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(?:#[^)]*)?\\)");

    @Test
    void everySnippetCompiles() throws IOException {
        var snippets = new ArrayList<Snippet>();
        for (Path file : Stream.concat(pages().stream(), sources().stream()).toList()) {
            snippets.addAll(Snippet.of(file));
        }
        assertFalse(snippets.isEmpty());
        assertEquals(List.of(), errors(snippets));
    }

    @Test
    void everyLinkOfAPageLeadsToAFile() throws IOException {
        var broken = new ArrayList<String>();
        for (Path page : pages()) {
            LINK.matcher(Files.readString(page))
                    .results()
                    .map(link -> link.group(1))
                    .filter(target -> !target.contains(":"))
                    .filter(target -> !Files.exists(page.resolveSibling(target)))
                    .forEach(target -> broken.add(page + " -> " + target));
        }
        assertEquals(List.of(), broken);
    }

    @Test
    void aSnippetThatDoesNotCompileIsFoundWithItsLine(@TempDir Path folder) throws IOException {
        Path page = folder.resolve("page.md");
        Files.writeString(
                page,
                """
                Text.

                ```java
                import java.util.concurrent.atomic.LongAdder;

                users.put(key, value);
                users.putt(key, value);
                ```

                * In a list:
                  ```java
                  void main() {
                      int x = "no";
                  }
                  ```

                ```sh
                not java
                ```
                """);
        var errors = errors(Snippet.of(page));
        assertEquals(2, errors.size(), errors::toString);
        assertEquals(page + ":7: ", errors.getFirst().substring(0, (page + ":7: ").length()));
        assertEquals(page + ":13: ", errors.get(1).substring(0, (page + ":13: ").length()));
    }

    private static List<String> errors(List<Snippet> snippets) {
        var errors = new ArrayList<String>();
        for (Snippet snippet : snippets) {
            // Each on its own, since two may declare the same type.
            for (var error : errors(new Unit(snippet.unitName(), snippet.unit()))) {
                long line = snippet.line() + error.getLineNumber() - 1;
                errors.add(snippet.file() + ":" + line + ": " + error.getMessage(Locale.ROOT));
            }
        }
        return errors;
    }

    private static List<Diagnostic<? extends JavaFileObject>> errors(Unit unit) {
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        var options = List.of("-proc:none", "-cp", System.getProperty("java.class.path"));
        var task =
                (JavacTask)
                        ToolProvider.getSystemJavaCompiler()
                                .getTask(null, null, diagnostics, options, null, List.of(unit));
        try {
            task.analyze();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return diagnostics.getDiagnostics().stream()
                .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
                .toList();
    }

    private static List<Path> pages() throws IOException {
        var pages = new ArrayList<Path>();
        try (var files = Files.list(ROOT)) {
            pages.addAll(files.filter(file -> file.toString().endsWith(".md")).sorted().toList());
        }
        pages.addAll(files(ROOT.resolve("docs"), ".md"));
        return pages;
    }

    private static List<Path> sources() throws IOException {
        var sources = new ArrayList<Path>();
        for (String module : List.of("kvarts-engine", "kvarts-testkit")) {
            sources.addAll(files(ROOT.resolve(module, "src", "main", "java"), ".java"));
        }
        return sources;
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        }
    }

    private static final class Unit extends SimpleJavaFileObject {
        private final String code;

        Unit(String name, String code) {
            super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
            this.code = code;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return code;
        }
    }
}
