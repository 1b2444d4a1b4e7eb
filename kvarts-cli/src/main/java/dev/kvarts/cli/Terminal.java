package dev.kvarts.cli;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The three streams of the process, and whether a person looks at them.
///
/// `out` is buffered and not a [PrintStream], because that one swallows the error that a closed
/// pipe is. Text is UTF-8 whatever the locale says: keys and values are bytes, and what is printed
/// can be given back.
///
/// @param in standard input
/// @param out standard output: data
/// @param err standard error: everything that is not data
/// @param outIsTerminal whether data goes to a person
/// @param errIsTerminal whether progress is seen by a person
/// @param colour whether colour is wanted on a terminal
record Terminal(
        InputStream in,
        OutputStream out,
        PrintStream err,
        boolean outIsTerminal,
        boolean errIsTerminal,
        boolean colour) {
    private static final int COLUMNS_DEFAULT = 100;
    private static final String RED = "\u001b[31m";
    private static final String GREEN = "\u001b[32m";
    private static final String BOLD = "\u001b[1m";
    private static final String PLAIN = "\u001b[0m";

    static Terminal ofProcess() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new StandardOutput(new FileOutputStream(FileDescriptor.out)),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                isTerminal(1),
                isTerminal(2),
                System.getenv("NO_COLOR") == null && !"dumb".equals(System.getenv("TERM")));
    }

    /// The JDK tells only about stdin and stdout together. Linux shows each descriptor as a link to
    /// what is behind it.
    private static boolean isTerminal(int descriptor) {
        try {
            String target =
                    Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        } catch (IOException | RuntimeException noSuchLink) {
            return System.console().isTerminal();
        }
    }

    /// How wide the terminal is; 100 where that is not known, or nobody looks.
    int columns() {
        if (!outIsTerminal) {
            return COLUMNS_DEFAULT;
        }
        try {
            Process stty =
                    new ProcessBuilder("stty", "size")
                            .redirectInput(new File("/dev/tty"))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int columns = Integer.parseInt(size.strip().replaceFirst(".* ", ""));
            return columns > 0 ? columns : COLUMNS_DEFAULT;
        } catch (IOException | NumberFormatException notKnown) {
            return COLUMNS_DEFAULT;
        }
    }

    /// Writes one line of text to `out`.
    void print(String line) throws IOException {
        out.write(line.getBytes(StandardCharsets.UTF_8));
        out.write('\n');
    }

    /// One line for the person, without a stack trace.
    void error(String line) {
        err.println(errIsTerminal && colour ? RED + line + PLAIN : line);
    }

    String red(String text) {
        return painted(RED, text);
    }

    String green(String text) {
        return painted(GREEN, text);
    }

    String bold(String text) {
        return painted(BOLD, text);
    }

    private String painted(String code, String text) {
        return outIsTerminal && colour ? code + text + PLAIN : text;
    }

    /// Pushes out what is buffered; a pipe that is closed already takes nothing, which is all right
    /// at the end.
    ///
    /// Returns null, or why some of it could not be written.
    String flush() {
        try {
            out.flush();
            return null;
        } catch (BrokenPipeException e) {
            return null;
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// Tells a closed pipe from a full disk.
    private static final class StandardOutput extends OutputStream {
        private final BufferedOutputStream buffer;

        StandardOutput(OutputStream target) {
            this.buffer = new BufferedOutputStream(target, 64 << 10);
        }

        @Override
        public void write(int b) throws IOException {
            try {
                buffer.write(b);
            } catch (IOException e) {
                throw translated(e);
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                buffer.write(bytes, offset, length);
            } catch (IOException e) {
                throw translated(e);
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                buffer.flush();
            } catch (IOException e) {
                throw translated(e);
            }
        }

        private static IOException translated(IOException e) {
            String message = String.valueOf(e.getMessage());
            boolean closed =
                    message.contains("Broken pipe") || message.contains("pipe is being closed");
            return closed ? new BrokenPipeException(e) : e;
        }
    }
}
