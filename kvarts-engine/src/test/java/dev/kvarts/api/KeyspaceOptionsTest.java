package dev.kvarts.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/// Options hold what they were given and refuse what they cannot.
final class KeyspaceOptionsTest {
    private static final KeyspaceOptions DEFAULTS = KeyspaceOptions.defaults();
    private static final SecureRandom RANDOM = new SecureRandom();

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    @Test
    void eachWitherChangesItsOwnFieldAlone() {
        Token token = Token.of("a token for this test");
        List<Function<KeyspaceOptions, KeyspaceOptions>> withers =
                List.of(
                        options -> options.withUtilisationPercent(70),
                        options -> options.withCompaction(Compaction.LEVELED),
                        options -> options.withWindow(Duration.ofHours(1)),
                        options -> options.withValueSeparation(100),
                        options -> options.withBlockBytes(8192),
                        options -> options.withCodec("lz4"),
                        options -> options.withTtl(Duration.ofMinutes(3)),
                        options -> options.withMergeOperator("add"),
                        options -> options.withGatherWindow(Duration.ofSeconds(9)),
                        options -> options.withHistory(Duration.ofDays(2)),
                        options ->
                                options.withPolicy(
                                        KeyspacePolicy.none()
                                                .withRetention(Duration.ofDays(30))
                                                .withQuotaBytes(1)
                                                .withQuotaEntries(2)
                                                .withReadToken(TokenHash.of(token, new byte[16]))));
        KeyspaceOptions forward = DEFAULTS;
        for (var wither : withers) {
            assertNotEquals(forward, wither.apply(forward));
            forward = wither.apply(forward);
        }
        KeyspaceOptions backward = DEFAULTS;
        for (var wither : withers.reversed()) {
            backward = wither.apply(backward);
        }
        assertEquals(forward, backward);
        assertEquals(Duration.ofMinutes(3), forward.ttl());
        assertEquals("add", forward.mergeOperator());
        assertEquals(2, forward.policy().quotaEntries());
        assertTrue(forward.policy().writeToken().isNone());
    }

    @Test
    void whatIsFinerThanAMillisecondIsCutOffOfALifetime() {
        KeyspaceOptions options = DEFAULTS.withTtl(Duration.ofNanos(5_999_999));
        assertEquals(Duration.ofMillis(5), options.ttl());
        assertThrows(
                IllegalArgumentException.class, () -> DEFAULTS.withTtl(Duration.ofNanos(999_999)));
    }

    @Test
    void lifetimesAreNotNegativeAndNotLongerThanTheLimit() {
        assertEquals(Limits.LIFETIME_MAX, DEFAULTS.withHistory(Limits.LIFETIME_MAX).history());
        for (Duration wrong : List.of(Duration.ofMillis(-1), Limits.LIFETIME_MAX.plusMillis(1))) {
            assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withTtl(wrong));
            assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withHistory(wrong));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> KeyspacePolicy.none().withRetention(wrong));
        }
    }

    @Test
    void gatherWindowsAreFromAMillisecondToADay() {
        for (Duration right : List.of(Duration.ofMillis(1), Duration.ofDays(1))) {
            assertEquals(right, DEFAULTS.withGatherWindow(right).gatherWindow());
        }
        for (Duration wrong : List.of(Duration.ZERO, Duration.ofDays(1).plusMillis(1))) {
            assertThrows(IllegalArgumentException.class, () -> DEFAULTS.withGatherWindow(wrong));
        }
    }

    @Test
    void quotasAreNotNegative() {
        KeyspacePolicy none = KeyspacePolicy.none();
        assertThrows(IllegalArgumentException.class, () -> none.withQuotaBytes(-1));
        assertThrows(IllegalArgumentException.class, () -> none.withQuotaEntries(-1));
        assertSame(KeyspacePolicy.none(), DEFAULTS.policy());
    }

    @Test
    void aTokenIsKnownByItsHashWhateverTheSalt() {
        Token token = Token.of(random(32));
        TokenHash hash = TokenHash.of(token, random(16));
        assertNotEquals(hash, TokenHash.of(token, random(16)));
        assertTrue(hash.admits(Token.of(token.secret())));
        assertFalse(hash.admits(Token.of(random(32))));
        assertFalse(hash.admits(null));
        assertTrue(TokenHash.NONE.admits(null));
        assertEquals(hash, TokenHash.ofBytes(hash.bytes()));
        assertThrows(IllegalArgumentException.class, () -> TokenHash.ofBytes(new byte[47]));
        assertThrows(IllegalArgumentException.class, () -> TokenHash.of(token, new byte[15]));
    }

    @Test
    void aTokenThatIsTooShortToBeSecretIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Token.of("password"));
        assertThrows(IllegalArgumentException.class, () -> Token.of(new byte[1025]));
    }

    @Test
    void nothingShownTellsASecret() {
        String secret = "sixteen or more bytes";
        var policy =
                KeyspacePolicy.none().withWriteToken(TokenHash.of(Token.of(secret), random(16)));
        String shown = DEFAULTS.withPolicy(policy) + " " + Token.of(secret);
        assertFalse(shown.contains(secret), shown);
        byte[] kept = policy.writeToken().bytes();
        assertFalse(new String(kept, StandardCharsets.ISO_8859_1).contains(secret.substring(0, 8)));
    }

    @Test
    void mergeOperatorsHaveNamesOfTheirOwn() {
        for (String wrong : List.of("", "add", "x".repeat(256))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Options.defaults().withMergeOperators(List.of(new Named(wrong))));
        }
        var twice = List.<MergeOperator>of(new Named("mine"), new Named("mine"));
        assertThrows(
                IllegalArgumentException.class, () -> Options.defaults().withMergeOperators(twice));
    }

    private record Named(String name) implements MergeOperator {
        @Override
        public byte[] merge(byte[] key, byte[] existing, byte[] operand) {
            return operand;
        }
    }
}
