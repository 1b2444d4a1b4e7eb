package dev.kvarts.testkit;

/// The simulated machine is down. An [Error], so that nobody takes it for an I/O error to be
/// handled.
public final class Crashed extends Error {
    private static final long serialVersionUID = 1L;

    public Crashed(String message) {
        super(message, null, false, false);
    }
}
