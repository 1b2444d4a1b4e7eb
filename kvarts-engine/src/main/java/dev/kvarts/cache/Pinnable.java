package dev.kvarts.cache;

/// What bytes lie in: pinned, it outlives the epoch in which it was found.
///
/// Thread safety: any number of threads. [#pin()] inside the epoch in which it was found, or while
/// it is pinned already.
public interface Pinnable {
    void pin();

    void unpin();
}
