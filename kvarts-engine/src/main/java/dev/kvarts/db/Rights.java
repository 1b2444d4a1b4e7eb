package dev.kvarts.db;

import dev.kvarts.api.AccessDeniedException;
import dev.kvarts.api.Token;
import dev.kvarts.api.TokenHash;
import dev.kvarts.entry.StoredKeyspace;

/// What the holder of a handle may do: what the keyspace's policy says to the token that the handle
/// shows. Asked before anything is done, by whatever way a call comes in.
///
/// A token is hashed once per handle and policy: the hash that was found to fit is remembered.
///
/// Thread safety: any number of threads.
final class Rights {
    private final StoredKeyspace core;
    private final Token token; // null: none is shown

    // Whoever writes them has compared them.
    private TokenHash fitsReading;
    private TokenHash fitsWriting;

    Rights(StoredKeyspace core, Token token) {
        this.core = core;
        this.token = token;
    }

    /// @throws AccessDeniedException if entries may not be looked at
    void requireRead() {
        TokenHash asked = core.options().policy().readToken();
        if (!asked.isNone() && !asked.equals(fitsReading)) {
            fitsReading = checked(asked, "read");
        }
    }

    /// @throws AccessDeniedException if entries, options or the keyspace may not be changed
    void requireWrite() {
        TokenHash asked = core.options().policy().writeToken();
        if (!asked.isNone() && !asked.equals(fitsWriting)) {
            fitsWriting = checked(asked, "write");
        }
    }

    /// For what changes an entry and tells what it was.
    void requireBoth() {
        requireRead();
        requireWrite();
    }

    private TokenHash checked(TokenHash asked, String right) {
        if (!asked.admits(token)) {
            throw new AccessDeniedException(
                    "access denied: keyspace="
                            + core.name()
                            + " right="
                            + right
                            + (token == null ? " token=none" : " token=another"));
        }
        return asked;
    }

    /// The hash to keep of two: what this token fits already stays, so that options which differ in
    /// nothing but salt do not differ.
    TokenHash keep(TokenHash present, TokenHash changed) {
        boolean same =
                token != null
                        && !present.isNone()
                        && !changed.isNone()
                        && present.admits(token)
                        && changed.admits(token);
        return same ? present : changed;
    }
}
