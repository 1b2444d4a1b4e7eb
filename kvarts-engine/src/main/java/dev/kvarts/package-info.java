/// The door. [Kvarts#open(java.nio.file.Path)] is the way in; nobody imports it.
package dev.kvarts;
