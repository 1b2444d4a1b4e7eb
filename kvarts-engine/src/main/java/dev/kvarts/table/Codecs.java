package dev.kvarts.table;

import dev.kvarts.api.Codec;
import dev.kvarts.api.Options;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// The codecs a database was opened with: those built in, and [Options#codecs()].
///
/// Thread safety: immutable.
public final class Codecs {
    private final List<BlockCodec> codecs = new ArrayList<>();
    private final BlockCodec[] byId = new BlockCodec[Codec.ID_MAX + 1];

    public Codecs(List<Codec> users) {
        add(BlockCodec.NONE);
        add(new BlockCodec.OfLz4());
        users.forEach(codec -> add(new BlockCodec.OfUser(codec)));
    }

    private void add(BlockCodec codec) {
        codecs.add(codec);
        byId[codec.id()] = codec;
    }

    /// The codec that a block of this file names.
    ///
    /// @throws IllegalStateException if the database was opened without it
    public BlockCodec byId(int id, String file) {
        BlockCodec codec = id >= 0 && id < byId.length ? byId[id] : null;
        if (codec == null) {
            throw new IllegalStateException(
                    "codec is not known, give it in Options.codecs: id=" + id + " file=" + file);
        }
        return codec;
    }

    /// The codec that options name.
    ///
    /// @throws IllegalStateException if the database was opened without it
    public BlockCodec byName(String name) {
        for (BlockCodec codec : codecs) {
            if (codec.name().equals(name)) {
                return codec;
            }
        }
        throw new IllegalStateException(
                "codec is not known, give it in Options.codecs: name="
                        + name
                        + " known="
                        + codecs.stream().map(BlockCodec::name).collect(Collectors.joining(",")));
    }
}
