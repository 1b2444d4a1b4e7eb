package dev.kvarts.api;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/// What a database keeps of a [Token]: 16 bytes of salt and the SHA-256 of salt and secret; or
/// nothing, where no token is asked for.
///
/// Thread safety: immutable.
public final class TokenHash {
    /// Every token matches, and none.
    public static final TokenHash NONE = new TokenHash(new byte[0]);

    public static final int SALT_SIZE = 16;

    /// Bytes of one that is not [#NONE].
    public static final int SIZE = SALT_SIZE + 32;

    private final byte[] bytes;

    private TokenHash(byte[] bytes) {
        this.bytes = bytes;
    }

    /// The hash of a token with this salt: [#SALT_SIZE] bytes that are not secret, and best drawn
    /// anew for each hash.
    public static TokenHash of(Token token, byte[] salt) {
        Objects.requireNonNull(token, "token");
        if (salt.length != SALT_SIZE) {
            throw new IllegalArgumentException(
                    "salt size out of range: bytes=" + salt.length + " expected=" + SALT_SIZE);
        }
        byte[] bytes = Arrays.copyOf(salt, SIZE);
        byte[] digest = token.digest(sha256(), salt);
        System.arraycopy(digest, 0, bytes, SALT_SIZE, digest.length);
        return new TokenHash(bytes);
    }

    /// What [#bytes()] gave.
    public static TokenHash ofBytes(byte[] bytes) {
        if (bytes.length == 0) {
            return NONE;
        }
        if (bytes.length != SIZE) {
            throw new IllegalArgumentException(
                    "token hash size out of range: bytes=" + bytes.length + " expected=" + SIZE);
        }
        return new TokenHash(bytes.clone());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("token: every JDK has SHA-256", e);
        }
    }

    /// Whether no token is asked for.
    public boolean isNone() {
        return bytes.length == 0;
    }

    /// Whether this is the hash of `token`; compared in constant time. Null matches [#NONE] alone.
    public boolean admits(Token token) {
        if (isNone()) {
            return true;
        }
        return token != null && equals(of(token, Arrays.copyOf(bytes, SALT_SIZE)));
    }

    /// Salt and digest, or nothing.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// In constant time.
    @Override
    public boolean equals(Object other) {
        return other instanceof TokenHash hash && MessageDigest.isEqual(bytes, hash.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return isNone() ? "none" : "salt " + HexFormat.of().formatHex(bytes, 0, SALT_SIZE);
    }
}
