package dev.kvarts.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// A secret that gives a right to whoever shows it.
///
/// It is compared by its hash, which is not made slow on purpose: a token must be too long to be
/// guessed, not a word that somebody remembers; 32 bytes of `java.security.SecureRandom` are good.
///
/// Thread safety: immutable.
public final class Token {
    public static final int SIZE_MIN = 16;
    public static final int SIZE_MAX = 1_024;

    private final byte[] secret;

    private Token(byte[] secret) {
        if (secret.length < SIZE_MIN || secret.length > SIZE_MAX) {
            throw new IllegalArgumentException(
                    "token size out of range: bytes="
                            + secret.length
                            + " min="
                            + SIZE_MIN
                            + " max="
                            + SIZE_MAX);
        }
        this.secret = secret;
    }

    /// Of [#SIZE_MIN]..[#SIZE_MAX] bytes, which are copied.
    public static Token of(byte[] secret) {
        return new Token(secret.clone());
    }

    /// Of the bytes of a text in UTF-8.
    public static Token of(String secret) {
        return new Token(secret.getBytes(StandardCharsets.UTF_8));
    }

    /// A copy of the secret.
    public byte[] secret() {
        return secret.clone();
    }

    byte[] digest(MessageDigest sha256, byte[] salt) {
        sha256.update(salt);
        return sha256.digest(secret);
    }

    /// In constant time.
    @Override
    public boolean equals(Object other) {
        return other instanceof Token token && MessageDigest.isEqual(secret, token.secret);
    }

    @Override
    public int hashCode() {
        return 31; // says nothing of the secret; nobody keeps many
    }

    /// Says nothing of the secret.
    @Override
    public String toString() {
        return "token";
    }
}
