package dev.kvarts.testkit;

/// Is told of every operation before it happens. May take a [DiskImage]: that is the disk as a
/// crash at this operation finds it.
@FunctionalInterface
public interface OperationListener {
    /// May throw [Crashed]; the operation then does not happen.
    void before(Operation operation);
}
