package dev.kvarts.db;

import dev.kvarts.api.MergeOperator;
import dev.kvarts.bytes.Bytes;
import dev.kvarts.entry.StoredKeyspace;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.UnaryOperator;

/// The merge operators that the database was given, and those that are built in.
///
/// Thread safety: immutable.
final class MergeOperators {
    private final Map<String, MergeOperator> byName = new HashMap<>();

    MergeOperators(List<MergeOperator> given) {
        add(new BuiltIn("add", numbers(Long::sum)));
        add(new BuiltIn("append", Changes::append));
        add(new BuiltIn("max", numbers(Math::max)));
        add(new BuiltIn("min", numbers(Math::min)));
        given.forEach(this::add);
    }

    private void add(MergeOperator operator) {
        byName.put(operator.name(), operator);
    }

    /// @param function what becomes of a value and an operand; of the operand alone where nothing
    ///   is
    private record BuiltIn(String name, BinaryOperator<byte[]> function) implements MergeOperator {
        @Override
        public byte[] merge(byte[] key, byte[] existing, byte[] operand) {
            return function.apply(existing, operand);
        }
    }

    private static BinaryOperator<byte[]> numbers(LongBinaryOperator function) {
        return (existing, operand) -> {
            long second = number(operand);
            long result =
                    existing == null ? second : function.applyAsLong(number(existing), second);
            byte[] next = new byte[Long.BYTES];
            Bytes.putLong(next, 0, result);
            return next;
        };
    }

    private static long number(byte[] bytes) {
        if (bytes.length != Long.BYTES) {
            throw new IllegalArgumentException(
                    "merge: not a number, bytes=" + bytes.length + " expected=" + Long.BYTES);
        }
        return Bytes.getLong(bytes, 0);
    }

    boolean knows(String name) {
        return byName.containsKey(name);
    }

    /// What merging an operand into a key of a keyspace does to the value.
    ///
    /// @throws IllegalStateException if the keyspace has no operator, or one that was not given
    UnaryOperator<byte[]> merging(StoredKeyspace core, byte[] key, byte[] operand) {
        String name = core.options().mergeOperator();
        MergeOperator operator = byName.get(name);
        if (operator == null) {
            throw new IllegalStateException(
                    name.isEmpty()
                            ? "merge: keyspace has no merge operator, name=" + core.name()
                            : "merge: database was opened without the merge operator of a keyspace,"
                                    + " name="
                                    + core.name()
                                    + " operator="
                                    + name);
        }
        return value -> operator.merge(key.clone(), value, operand.clone());
    }
}
