/// Which files are alive; the only place where the set changes, atomically.
///
/// [Manifest] replaces one small file as a whole; [ManifestState] is what it says, [ManifestFormat]
/// how.
package dev.kvarts.manifest;
