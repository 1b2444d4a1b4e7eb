/// Whether transactions were isolated: histories of transactions, and what is wrong with them.
///
/// A [Recorder] per client notes what its transactions read and wrote; a [History] is all of them;
/// [ListAppendChecker] and [RegisterChecker] find out in which order the versions of each key were,
/// draw the graph of who depends on whom, and look for cycles in it, after Adya (Weak Consistency,
/// 1999) and Elle (Kingsbury and Alvaro, 2020). Both take time linear in the history. A [Verdict]
/// says which [Anomaly] was found, and which of them the [Level] forbids.
///
/// [ListAppendWorkload] and [RegisterWorkload] make histories: [IsolationRun] has clients run them
/// on any [TransactionalStore].
///
/// Start with [ListAppendChecker]. Nothing here knows the engine.
package dev.kvarts.testkit.isolation;
