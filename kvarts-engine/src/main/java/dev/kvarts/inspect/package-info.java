/// Reading our files without opening the database: dump, verify, layout.
///
/// Start with [Inspector] for one file, with [Layouts] for how they stand to each other. Every
/// format is read through its own format class, by name.
package dev.kvarts.inspect;
