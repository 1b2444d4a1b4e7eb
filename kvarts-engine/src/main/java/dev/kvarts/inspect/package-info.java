/// Reading our files without opening the database: dump and verify.
///
/// Start with [Inspector]. Every format is read through its own format class, by name.
package dev.kvarts.inspect;
