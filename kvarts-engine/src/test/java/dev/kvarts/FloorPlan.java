package dev.kvarts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The house rules, read off the class files: which room may use which, and who may touch the world
/// outside. A class's constant pool names every type and member it uses, whether in code, in a
/// descriptor or in a signature.
final class FloorPlan {
    /// A room may use only the rooms listed before it. The last is the door, `dev.kvarts` itself.
    static final List<String> ROOMS =
            List.of(
                    "api",
                    "bytes", // vocabulary
                    "io",
                    "jobs",
                    "tier",
                    "cache", // devices
                    "entry",
                    "log",
                    "memtable",
                    "table",
                    "vlog",
                    "manifest", // forms
                    "lsm",
                    "hash", // keyspaces
                    "txn",
                    "db",
                    "inspect",
                    ""); // the whole, and the door

    private static final Pattern OURS = Pattern.compile("dev/kvarts/(?:([a-z]+)/)?[A-Z]\\w*");

    /// A type (`java/io/File`) or, in a text that is nothing but a name, any part of one.
    private static final Pattern TYPE = Pattern.compile("(?:\\w+/)+[\\w$]+");

    /// What only some rooms may name. A name ends in `*` where it stands for all that begin so;
    /// members are written `java/lang/System.nanoTime`.
    private record Rule(Set<String> allowed, List<String> names) {
        Rule(Set<String> allowed, String... names) {
            this(allowed, Arrays.asList(names));
        }

        boolean forbids(String room, String used) {
            return !allowed.contains(room) && names.stream().anyMatch(name -> matches(name, used));
        }

        private static boolean matches(String name, String used) {
            return name.endsWith("*")
                    ? used.startsWith(name.substring(0, name.length() - 1))
                    : used.equals(name) || used.startsWith(name + "$");
        }
    }

    private static final List<Rule> RULES =
            List.of(
                    // Every byte goes through io.Directory, so that the simulated disk sees it.
                    new Rule(
                            Set.of("io"),
                            "java/io/File",
                            "java/io/FileDescriptor",
                            "java/io/FileInputStream",
                            "java/io/FileOutputStream",
                            "java/io/FileReader",
                            "java/io/FileWriter",
                            "java/io/RandomAccessFile",
                            "java/nio/channels/*",
                            "java/nio/file/FileStore",
                            "java/nio/file/FileSystem",
                            "java/nio/file/FileSystems",
                            "java/nio/file/Files"),
                    // A path is what a user names; the rooms between know file names only.
                    new Rule(
                            Set.of("io", "api", "db", "inspect", ""),
                            "java/nio/file/Path",
                            "java/nio/file/Paths"),
                    // Threads come from jobs.Scheduler, so that a test can draw their order.
                    new Rule(
                            Set.of("jobs"),
                            "java/lang/Thread.<init>",
                            "java/lang/Thread.ofPlatform",
                            "java/lang/Thread.ofVirtual",
                            "java/lang/Thread.sleep",
                            "java/lang/Thread.start",
                            "java/lang/Thread.startVirtualThread",
                            "java/util/Timer",
                            "java/util/TimerTask",
                            "java/util/concurrent/CompletableFuture",
                            "java/util/concurrent/Executors",
                            "java/util/concurrent/ForkJoinPool",
                            "java/util/concurrent/ScheduledThreadPoolExecutor",
                            "java/util/concurrent/StructuredTaskScope",
                            "java/util/concurrent/ThreadPoolExecutor"),
                    // So do time and chance: the same seed gives the same test.
                    new Rule(
                            Set.of("jobs"),
                            "java/lang/Math.random",
                            "java/lang/StrictMath.random",
                            "java/lang/System.currentTimeMillis",
                            "java/lang/System.nanoTime",
                            "java/security/SecureRandom",
                            "java/time/Clock",
                            "java/time/Instant.now",
                            "java/time/LocalDate.now",
                            "java/time/LocalDateTime.now",
                            "java/time/ZonedDateTime.now",
                            "java/util/Date.<init>",
                            "java/util/Random",
                            "java/util/SplittableRandom",
                            "java/util/UUID.randomUUID",
                            "java/util/concurrent/ThreadLocalRandom",
                            "java/util/random/*"),
                    // Nobody: what makes the JDK warn, or needs a flag, or defeats the compiler.
                    new Rule(
                            Set.of(),
                            "java/io/ObjectInputStream",
                            "java/lang/Class.forName",
                            "java/lang/Class.getDeclared*",
                            "java/lang/Class.getField*",
                            "java/lang/Class.getMethod*",
                            "java/lang/Class.newInstance",
                            "java/lang/ProcessBuilder",
                            "java/lang/Runtime.exec",
                            "java/lang/Runtime.load*",
                            "java/lang/System.err",
                            "java/lang/System.exit",
                            "java/lang/System.load*",
                            "java/lang/System.out",
                            "java/lang/foreign/Linker",
                            "java/lang/foreign/SymbolLookup",
                            "java/lang/reflect/*",
                            "java/util/ServiceLoader",
                            "jdk/internal/*",
                            "sun/*"));

    private FloorPlan() {}

    /// What the classes in this folder do against the plan, one line each.
    static SortedSet<String> violations(Path classes) {
        var found = new TreeSet<String>();
        try (var files = Files.walk(classes)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(file);
                if (!model.isModuleInfo()) {
                    found.addAll(violations(model));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    static SortedSet<String> violations(ClassModel model) {
        String self = model.thisClass().asInternalName();
        String room = room(self);
        var found = new TreeSet<String>();
        if (!ROOMS.contains(room)) {
            found.add(self + " is in no room of the plan");
        }
        for (String used : uses(model)) {
            var ours = OURS.matcher(used);
            if (ours.lookingAt() && ROOMS.indexOf(room(used)) > ROOMS.indexOf(room)) {
                found.add(self + " -> " + ours.group());
            }
            if (RULES.stream().anyMatch(rule -> rule.forbids(room, used))) {
                found.add(self + " -> " + used);
            }
        }
        return found;
    }

    private static Set<String> uses(ClassModel model) {
        var uses = new TreeSet<String>();
        for (var entry : model.constantPool()) {
            if (entry instanceof Utf8Entry text) {
                TYPE.matcher(text.stringValue())
                        .results()
                        .forEach(name -> uses.add(type(name.group())));
            } else if (entry instanceof MemberRefEntry member) {
                uses.add(member.owner().asInternalName() + "." + member.name().stringValue());
            }
        }
        return uses;
    }

    /// In a descriptor a type comes after an L: `Ljava/io/File;`.
    private static String type(String name) {
        return name.replaceFirst("^[\\[BCDFIJSZV]*L(?=(?:java|javax|jdk|sun|dev)/)", "");
    }

    /// The folder of a class of ours: `log` of `dev/kvarts/log/LogWriter`, empty for the door.
    private static String room(String name) {
        int end = name.lastIndexOf('/');
        return end <= "dev/kvarts".length() ? "" : name.substring("dev/kvarts/".length(), end);
    }
}
