package dev.kvarts.api;

/// A point of a transaction to which its writes can be taken back. Made by
/// [Transaction#savepoint()].
public interface Savepoint {}
