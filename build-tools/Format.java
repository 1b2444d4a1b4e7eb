import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/// Formats every Java source of the tree (`apply`), or fails naming those that are not (`check`).
void main(String[] arguments) throws IOException {
    boolean apply = arguments[0].equals("apply");
    var command = new ArrayList<String>();
    command.add("--aosp");
    command.addAll(apply ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    command.addAll(sources());
    var tool = ToolProvider.findFirst("google-java-format").orElseThrow();
    int exit =
            tool.run(
                    new PrintWriter(System.out, true),
                    new PrintWriter(System.err, true),
                    command.toArray(String[]::new));
    if (exit != 0 && !apply) {
        System.err.println(
                "These files are not formatted. To format them: mvn -q -N verify -Dformat=apply");
    }
    System.exit(exit);
}

private static List<String> sources() throws IOException {
    try (var files = Files.walk(Path.of(""))) {
        return files.filter(path -> path.toString().endsWith(".java"))
                .filter(path -> !path.toString().contains("target/"))
                .map(Path::toString)
                .sorted()
                .toList();
    }
}
