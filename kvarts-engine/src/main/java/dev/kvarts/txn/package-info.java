/// Sequence numbers, the watermark of what may be seen, and the commit pipeline.
///
/// Start with [CommitPipeline].
package dev.kvarts.txn;
