package dev.kvarts.testkit;

import dev.kvarts.io.NoSpaceException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which operations of a [SimulatedDisk] fail, and how.
///
/// ```java
/// disk.faults().add(FaultPlan.Fault.IO_ERROR, EnumSet.of(Operation.Kind.APPEND), 7, false);
/// ```
///
/// Thread safety: guarded by the disk.
public final class FaultPlan {
    /// How an operation fails.
    public enum Fault {
        /// The device says no. A force that fails so loses what it should have saved.
        IO_ERROR,
        /// The device is full.
        NO_SPACE,
        /// Half of an append is written, then [#IO_ERROR]; other operations just fail.
        SHORT_WRITE,
        /// A force or sync says that it has done it, and has not.
        LIE
    }

    private static final class Rule {
        final Fault fault;
        final Set<Operation.Kind> kinds;
        final String files;
        final boolean sticky;
        long left;

        Rule(Fault fault, Set<Operation.Kind> kinds, String files, long left, boolean sticky) {
            this.fault = fault;
            this.kinds = kinds;
            this.files = files;
            this.left = left;
            this.sticky = sticky;
        }

        boolean strikes(Operation operation) {
            if (!kinds.contains(operation.kind()) || !operation.file().startsWith(files)) {
                return false;
            }
            if (left > 0) {
                left--;
                return false;
            }
            if (left == 0) {
                left = sticky ? 0 : -1;
                return true;
            }
            return false;
        }
    }

    private final List<Rule> rules = new ArrayList<>();
    private final Map<Operation.Kind, Long> struck = new EnumMap<>(Operation.Kind.class);

    FaultPlan() {}

    /// The operation of one of these kinds that comes after `skip` others fails; and every later
    /// one if `sticky`.
    public synchronized void add(
            Fault fault, Set<Operation.Kind> kinds, long skip, boolean sticky) {
        add(fault, kinds, "", skip, sticky);
    }

    /// As [#add(Fault, Set, long, boolean)], but only operations on files whose names begin so.
    public synchronized void add(
            Fault fault, Set<Operation.Kind> kinds, String files, long skip, boolean sticky) {
        rules.add(new Rule(fault, EnumSet.copyOf(kinds), files, skip, sticky));
    }

    /// From now on all is well.
    public synchronized void clear() {
        rules.clear();
    }

    /// How many operations failed.
    public synchronized long struck() {
        return struck.values().stream().mapToLong(Long::longValue).sum();
    }

    /// How many operations of this kind failed.
    public synchronized long struck(Operation.Kind kind) {
        return struck.getOrDefault(kind, 0L);
    }

    /// Returns whether the operation is to do what it says.
    synchronized boolean check(Operation operation) throws IOException {
        for (Rule rule : rules) {
            if (rule.strikes(operation)) {
                struck.merge(operation.kind(), 1L, Long::sum);
                return fail(rule.fault, operation);
            }
        }
        return true;
    }

    private static boolean fail(Fault fault, Operation operation) throws IOException {
        String where = operation.kind() + " " + operation.directory() + "/" + operation.file();
        return switch (fault) {
            case IO_ERROR -> throw new IOException("simulated input/output error: " + where);
            case NO_SPACE -> throw new NoSpaceException("simulated full disk: " + where, null);
            case SHORT_WRITE ->
                    throw new ShortWriteException(
                            new IOException("simulated short write: " + where));
            case LIE -> false;
        };
    }
}
