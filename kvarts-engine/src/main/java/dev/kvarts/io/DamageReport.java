package dev.kvarts.io;

/// Takes damaged places.
@FunctionalInterface
public interface DamageReport {
    void damaged(String file, long offset, String what);
}
