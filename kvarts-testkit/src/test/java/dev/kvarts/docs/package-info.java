/// Holds the pages to their word. It stands here because the testkit's tests see what a reader of
/// the pages may use: the engine and the testkit.
package dev.kvarts.docs;
