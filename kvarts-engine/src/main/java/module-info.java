/// Kvarts, a key-value storage engine. Start with `dev.kvarts.Kvarts`.
module dev.kvarts.engine {
    exports dev.kvarts;
    exports dev.kvarts.api;
    exports dev.kvarts.inspect;
}
