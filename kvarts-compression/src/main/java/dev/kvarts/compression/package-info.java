/// Codecs that need a library: [ZstdCodec]. This house knows the engine's `api` and nothing else of
/// it.
package dev.kvarts.compression;
