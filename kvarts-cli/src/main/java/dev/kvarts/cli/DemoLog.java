package dev.kvarts.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The demo's lines: one per step, with a check mark or a cross. Silent when only JSON is wanted.
final class DemoLog {
    private final Terminal terminal;
    private final boolean silent;
    private final List<String> failures = new ArrayList<>();

    DemoLog(Terminal terminal, boolean silent) {
        this.terminal = terminal;
        this.silent = silent;
    }

    void headline(String text) throws IOException {
        line(terminal.bold(text));
    }

    /// What the next steps are about.
    void section(String title) throws IOException {
        line("");
        line("  " + terminal.bold(title));
    }

    void passed(String step, String facts) throws IOException {
        line(
                "  "
                        + terminal.green("✓")
                        + " "
                        + String.format(Locale.ROOT, "%-8s", step)
                        + " "
                        + facts);
    }

    void failed(String step, String facts) throws IOException {
        failures.add(step + ": " + facts);
        line(
                "  "
                        + terminal.red("✗")
                        + " "
                        + String.format(Locale.ROOT, "%-8s", step)
                        + " "
                        + facts);
    }

    /// Passed when nothing differs.
    void result(String step, long differing, String facts, String failure) throws IOException {
        if (differing == 0) {
            passed(step, facts);
        } else {
            failed(step, Units.count(differing) + " " + failure);
        }
    }

    List<String> failures() {
        return failures;
    }

    private void line(String text) throws IOException {
        if (!silent) {
            terminal.print(text);
            terminal.out().flush(); // a person waits for it
        }
    }
}
