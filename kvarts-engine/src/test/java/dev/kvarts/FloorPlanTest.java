package dev.kvarts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// A room may use only the rooms listed before it, and only some may touch the world outside.
final class FloorPlanTest {
    private static final Path CLASSES = Path.of("target/classes");
    private static final Path SOURCES = Path.of("src/main/java/dev/kvarts");

    @Test
    void theEngineKeepsToThePlan() {
        assertEquals(Set.of(), FloorPlan.violations(CLASSES));
    }

    @Test
    void everyRoomHasASignOnItsDoor() throws Exception {
        var unsigned = new TreeSet<String>();
        try (var folders = Files.walk(SOURCES)) {
            for (Path folder : folders.filter(Files::isDirectory).toList()) {
                Path sign = folder.resolve("package-info.java");
                if (!Files.exists(sign) || !Files.readString(sign).startsWith("/// ")) {
                    unsigned.add(folder.toString());
                }
            }
        }
        assertEquals(Set.of(), unsigned);
    }

    @Test
    void aRoomThatUsesALaterOneIsFound() {
        var planted = calling("dev.kvarts.log.Planted", "dev.kvarts.db.Engine", "open");
        assertEquals(
                Set.of("dev/kvarts/log/Planted -> dev/kvarts/db/Engine"),
                FloorPlan.violations(planted));
        assertEquals(
                Set.of(),
                FloorPlan.violations(
                        calling("dev.kvarts.inspect.Planted", "dev.kvarts.db.Engine", "open")));
    }

    @Test
    void aLaterRoomIsFoundInAFieldTypeToo() {
        var planted = withField("dev.kvarts.bytes.Planted", "dev.kvarts.io.Directory");
        assertEquals(
                Set.of("dev/kvarts/bytes/Planted -> dev/kvarts/io/Directory"),
                FloorPlan.violations(planted));
    }

    @Test
    void nobodyGoesThroughTheDoorFromInside() {
        var planted = calling("dev.kvarts.inspect.Planted", "dev.kvarts.Kvarts", "open");
        assertEquals(
                Set.of("dev/kvarts/inspect/Planted -> dev/kvarts/Kvarts"),
                FloorPlan.violations(planted));
    }

    @Test
    void aRoomThatIsNotOnThePlanIsFound() {
        var planted = calling("dev.kvarts.util.Planted", "java.lang.Math", "max");
        assertEquals(
                Set.of("dev/kvarts/util/Planted is in no room of the plan"),
                FloorPlan.violations(planted));
    }

    @Test
    void filesAreForIoAlone() {
        for (String type :
                List.of(
                        "java.io.File",
                        "java.io.RandomAccessFile",
                        "java.nio.channels.FileChannel",
                        "java.nio.channels.FileChannel$MapMode",
                        "java.nio.file.Files")) {
            assertOnlyAllowedIn("io", type, "x");
            assertTrue(isFound(withField("dev.kvarts.log.Planted", type)), type);
        }
    }

    @Test
    void pathsStayAtTheEdge() {
        assertTrue(isFound(withField("dev.kvarts.log.Planted", "java.nio.file.Path")));
        assertFalse(isFound(withField("dev.kvarts.db.Planted", "java.nio.file.Path")));
    }

    @Test
    void threadsTimeAndChanceAreForJobsAlone() {
        assertOnlyAllowedIn("jobs", "java.lang.Thread", ConstantDescs.INIT_NAME);
        assertOnlyAllowedIn("jobs", "java.lang.Thread", "startVirtualThread");
        assertOnlyAllowedIn("jobs", "java.lang.System", "nanoTime");
        assertOnlyAllowedIn("jobs", "java.lang.System", "currentTimeMillis");
        assertOnlyAllowedIn("jobs", "java.lang.Math", "random");
        assertOnlyAllowedIn("jobs", "java.time.Instant", "now");
        assertOnlyAllowedIn("jobs", "java.time.Clock", "systemUTC");
        assertOnlyAllowedIn("jobs", "java.util.Random", "nextLong");
        assertOnlyAllowedIn("jobs", "java.security.SecureRandom", "nextLong");
        assertOnlyAllowedIn("jobs", "java.util.concurrent.Executors", "newCachedThreadPool");
        assertOnlyAllowedIn("jobs", "java.util.concurrent.ThreadLocalRandom", "current");
    }

    @Test
    void aCallersThreadMayWaitAnywhere() {
        for (String member : List.of("onSpinWait", "yield", "currentThread", "interrupt")) {
            assertFalse(isFound(calling("dev.kvarts.log.Planted", "java.lang.Thread", member)));
        }
        assertFalse(
                isFound(
                        calling(
                                "dev.kvarts.log.Planted",
                                "java.util.concurrent.locks.LockSupport",
                                "park")));
    }

    @Test
    void nobodyUsesNativeCodeOrReflection() {
        for (String room : FloorPlan.ROOMS) {
            String planted = className(room);
            assertTrue(isFound(withField(planted, "sun.misc.Unsafe")), room);
            assertTrue(isFound(withField(planted, "java.lang.foreign.Linker")), room);
            assertTrue(isFound(withField(planted, "java.lang.foreign.SymbolLookup")), room);
            assertTrue(isFound(withField(planted, "java.lang.reflect.Method")), room);
            assertTrue(isFound(calling(planted, "java.lang.Class", "forName")), room);
            assertTrue(isFound(calling(planted, "java.lang.System", "loadLibrary")), room);
        }
    }

    private static void assertOnlyAllowedIn(String home, String owner, String member) {
        for (String room : FloorPlan.ROOMS) {
            boolean found = isFound(calling(className(room), owner, member));
            assertEquals(!room.equals(home), found, room + " uses " + owner + "." + member);
        }
    }

    private static String className(String room) {
        return room.isEmpty() ? "dev.kvarts.Planted" : "dev.kvarts." + room + ".Planted";
    }

    private static boolean isFound(ClassModel planted) {
        return !FloorPlan.violations(planted).isEmpty();
    }

    private static ClassModel calling(String self, String owner, String member) {
        var callee = ClassDesc.of(owner);
        byte[] bytes =
                ClassFile.of()
                        .build(
                                ClassDesc.of(self),
                                type ->
                                        type.withMethodBody(
                                                "planted",
                                                ConstantDescs.MTD_void,
                                                ClassFile.ACC_STATIC,
                                                code -> call(code, callee, member)));
        return ClassFile.of().parse(bytes);
    }

    private static void call(CodeBuilder code, ClassDesc callee, String member) {
        if (member.equals(ConstantDescs.INIT_NAME)) {
            code.new_(callee);
            code.invokespecial(callee, member, ConstantDescs.MTD_void);
        } else {
            code.invokestatic(callee, member, ConstantDescs.MTD_void);
        }
        code.return_();
    }

    private static ClassModel withField(String self, String fieldType) {
        byte[] bytes =
                ClassFile.of()
                        .build(
                                ClassDesc.of(self),
                                type -> type.withField("planted", ClassDesc.of(fieldType), 0));
        return ClassFile.of().parse(bytes);
    }
}
