/// Background work: rooms offer jobs, a scheduler runs them.
///
/// [Scheduler] is the seam: [ThreadScheduler] has real threads and real time; the testkit's runs
/// jobs one at a time in an order drawn from a seed. Nothing else in the engine creates a thread or
/// looks at a clock.
package dev.kvarts.jobs;
