/// What a user holds: databases, keyspaces, batches, cursors, options, errors.
///
/// Start with [Database] and [Keyspace]; [Options] says what can be set, [KvartsException] what can
/// go wrong. This room knows no mechanism: every type in it is an interface, a value or an error.
package dev.kvarts.api;
