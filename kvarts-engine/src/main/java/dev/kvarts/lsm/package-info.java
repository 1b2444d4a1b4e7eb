/// The ordered keyspace: memtables above a tree of tables, and what keeps the tree in shape.
package dev.kvarts.lsm;
