package dev.kvarts.api;

import java.util.List;

/// What becomes of a value when an operand is merged into it. Given to the database by
/// [Options#mergeOperators()], known to a keyspace by its name ([KeyspaceOptions#mergeOperator()]).
///
/// Values at rest are plain values: the operator is applied when something is merged, not when the
/// key is read. A keyspace whose operator the database was not given is read and written as ever;
/// only merging is refused.
///
/// Built in, with numbers of 8 bytes, two's complement, little-endian, as of [Keyspace#increment]:
///
/// | name     | result                                                            |
/// |----------|-------------------------------------------------------------------|
/// | `add`    | the sum, wrapping round; absent counts as 0                        |
/// | `append` | the value, followed by the operand                                 |
/// | `max`    | the larger of two numbers                                          |
/// | `min`    | the smaller of two numbers                                         |
///
/// Thread safety: called by many threads at the same time.
public interface MergeOperator {
    /// Names of those that are built in.
    List<String> BUILT_IN = List.of("add", "append", "max", "min");

    /// Its name, of 1..[Limits#MERGE_OPERATOR_NAME_SIZE_MAX] bytes of UTF-8. What is called by one
    /// name must always do the same.
    String name();

    /// The new value of `key`; null deletes it. Deterministic, without side effects: it is called
    /// again when another writer was faster. The arrays are its own.
    ///
    /// @param existing null when the key is absent
    /// @throws IllegalArgumentException if `existing` or `operand` is nothing it can merge; nothing
    ///   is written then
    byte[] merge(byte[] key, byte[] existing, byte[] operand);
}
