package dev.kvarts.manifest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvarts.api.Compaction;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.KeyspacePolicy;
import dev.kvarts.api.Token;
import dev.kvarts.api.TokenHash;
import dev.kvarts.log.LogEnd;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A manifest that was written once, by version 3, can be read for ever. `main` wrote it; manifests
/// of versions 1 and 2 are in the golden databases.
final class GoldenManifestTest {
    private static final Path FILE = Path.of("src/test/resources/golden/manifest/manifest-3");

    private static ManifestState expected() {
        byte[] salt = new byte[TokenHash.SALT_SIZE];
        for (int i = 0; i < salt.length; i++) {
            salt[i] = (byte) (0xA0 + i);
        }
        KeyspacePolicy policy =
                KeyspacePolicy.none()
                        .withRetention(Duration.ofDays(30))
                        .withQuotaBytes(10_000_000)
                        .withQuotaEntries(50_000)
                        .withWriteToken(TokenHash.of(Token.of("a token that was kept"), salt));
        var users =
                new HashedMeta(
                        1,
                        "users",
                        KeyspaceOptions.defaults()
                                .withUtilisationPercent(75)
                                .withTtl(Duration.ofHours(1))
                                .withMergeOperator("add")
                                .withPolicy(policy),
                        3,
                        359,
                        5,
                        3,
                        List.of(new RunMeta(3, 1, 8272, 359)));
        var events =
                new OrderedMeta(
                        2,
                        "events",
                        KeyspaceOptions.defaults()
                                .withCompaction(Compaction.TIME_WINDOW)
                                .withWindow(Duration.ofHours(6))
                                .withCodec("lz4")
                                .withGatherWindow(Duration.ofMillis(1_500))
                                .withHistory(Duration.ofDays(7)),
                        400,
                        List.of(new TableMeta(6, 0, 6, 9_000, 0, 1_790_000_000_000L, 1L << 41)),
                        List.of(new ValueFileMeta(7, 12_345)));
        return ManifestState.initial(0x0123456789ABCDEFL, 0x42)
                .withEdit(12)
                .withNewKeyspace(users)
                .withNewKeyspace(events)
                .withNextFile(8)
                .withClock(1_793_000_000_000L)
                .withLog(2, 2, List.of(new LogEnd(2, 65_408), new LogEnd(3, 3_168)), 407);
    }

    @Test
    void itSaysWhatItSaid() throws IOException {
        byte[] bytes = Files.readAllBytes(FILE);
        assertEquals(expected(), ManifestFormat.decode(bytes, "manifest"));
        assertArrayEquals(bytes, ManifestFormat.encode(expected()));
    }

    /// Makes the file.
    public static void main(String[] arguments) throws IOException {
        Files.write(Path.of(arguments[0]), ManifestFormat.encode(expected()));
    }
}
