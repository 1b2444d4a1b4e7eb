/// The engine put together: open, recover, checkpoint, close, first failure.
///
/// Start with [Engine].
package dev.kvarts.db;
