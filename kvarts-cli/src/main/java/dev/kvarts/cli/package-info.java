/// The `kvarts` command: everything a person does with a database from a shell.
///
/// Start with [dev.kvarts.cli.Main]; [dev.kvarts.cli.CommandRunner] finds the command, runs it and
/// turns what went wrong into one line and an exit code. Each command is a class named after it.
/// This package knows the public API only, and nothing of the engine's rooms.
package dev.kvarts.cli;
