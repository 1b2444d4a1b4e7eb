/// Codecs that need a library. Start with `dev.kvarts.compression.ZstdCodec`.
module dev.kvarts.compression {
    requires transitive dev.kvarts.engine;
    requires com.github.luben.zstd_jni;

    exports dev.kvarts.compression;
}
