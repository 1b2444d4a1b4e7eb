package dev.kvarts.db;

import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.entry.StoredKeyspace;
import dev.kvarts.hash.HashedKeyspace;
import dev.kvarts.lsm.LsmKeyspace;
import dev.kvarts.manifest.HashedMeta;
import dev.kvarts.manifest.KeyspaceMeta;
import dev.kvarts.manifest.OrderedMeta;

import java.io.IOException;
import java.util.List;

/// Makes keyspaces of either shape.
final class KeyspaceMaker {
    private KeyspaceMaker() {}

    /// Opens a keyspace as the manifest describes it.
    static StoredKeyspace open(EngineEnvironment environment, KeyspaceMeta meta)
            throws IOException {
        return switch (meta) {
            case HashedMeta hashed -> new HashedKeyspace(environment, hashed);
            case OrderedMeta ordered -> new LsmKeyspace(environment, ordered);
        };
    }

    static HashedMeta newHashed(
            EngineEnvironment environment, String name, KeyspaceOptions options) {
        check(environment, options);
        return new HashedMeta(
                environment.manifest().state().nextKeyspace(),
                name,
                options,
                HashedKeyspace.partitionBitsFor(environment.options().effectiveMemoryStoreBytes()),
                environment.lastSequence(),
                0,
                0,
                List.of());
    }

    /// Refuses options that name what the database was opened without: a codec, a merge operator.
    static void check(EngineEnvironment environment, KeyspaceOptions options) {
        try {
            environment.sharedBlocks().codecs().byName(options.codec());
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        String operator = options.mergeOperator();
        if (!operator.isEmpty() && !environment.mergeOperators().knows(operator)) {
            throw new IllegalArgumentException("merge operator is not known: name=" + operator);
        }
    }

    static OrderedMeta newOrdered(
            EngineEnvironment environment, String name, KeyspaceOptions options) {
        check(environment, options);
        return new OrderedMeta(
                environment.manifest().state().nextKeyspace(),
                name,
                options,
                environment.lastSequence(),
                List.of(),
                List.of());
    }
}
