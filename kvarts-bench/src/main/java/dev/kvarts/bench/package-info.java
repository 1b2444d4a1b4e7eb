/// Measures Kvarts and its rivals with the same work on the same machine in the same run.
///
/// ```text
/// Main ── rounds ──> Rounds ── one child JVM per store and round ──> Child ── WorkloadRun ── Worker ──> Store
///   │                   │  <── one line per workload: Measurement ────┘
///   └── TableReport, JsonReport, HtmlReport <── Results (medians, spreads, ratios paired by round)
/// ```
///
/// Start reading at [Workload]: what is done to a store; then [Worker]: how it is timed; then
/// [Figure]: what is reported. A rival is a [Store], listed in [StoreKind] with the flags of its
/// JVM.
///
/// It knows the public API of the engine only. [dev.kvarts.bench.loops] goes inside: the engine's
/// inner loops, which [LoopsRun] has JMH time.
package dev.kvarts.bench;
