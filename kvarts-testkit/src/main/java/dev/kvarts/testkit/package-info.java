/// What it takes to test something that stores data: a disk that crashes, a scheduler that repeats
/// itself, a model that knows what must still be there.
///
/// Start with [SimulatedDisk]: a [dev.kvarts.io.Directory] in memory that counts its operations,
/// fails on demand and can be looked at as it would be after a power loss, in any of the
/// [CrashMode]s. [StepScheduler] runs background jobs on the test's own thread in an order drawn
/// from a seed. [Model] holds the history of acknowledged writes and decides whether a recovered
/// database shows a prefix of it.
///
/// [dev.kvarts.testkit.isolation] checks histories of transactions.
///
/// This module knows the engine's interfaces, not its formats.
package dev.kvarts.testkit;
