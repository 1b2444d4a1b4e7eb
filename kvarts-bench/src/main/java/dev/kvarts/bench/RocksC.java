package dev.kvarts.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.rocksdb.RocksDB;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/// The functions of RocksDB's `c.h` that a benchmark needs, out of the native library that
/// rocksdbjni brings.
///
/// Handles are constants, so that the compiler sees through them. Calls that may block on the
/// device are ordinary ones, not critical: they must not hold off the garbage collector.
final class RocksC {
    private static final SymbolLookup LIBRARY = load();

    static final MethodHandle OPTIONS_CREATE = function("rocksdb_options_create", ADDRESS);
    static final MethodHandle OPTIONS_FROM_STRING =
            procedure("rocksdb_get_options_from_string", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle OPEN = function("rocksdb_open", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle CLOSE = procedure("rocksdb_close", ADDRESS);
    static final MethodHandle READ_OPTIONS_CREATE = function("rocksdb_readoptions_create", ADDRESS);
    static final MethodHandle WRITE_OPTIONS_CREATE =
            function("rocksdb_writeoptions_create", ADDRESS);
    static final MethodHandle WRITE_OPTIONS_SYNC =
            procedure("rocksdb_writeoptions_set_sync", ADDRESS, JAVA_BYTE);
    static final MethodHandle FLUSH_OPTIONS_CREATE =
            function("rocksdb_flushoptions_create", ADDRESS);
    static final MethodHandle FLUSH = procedure("rocksdb_flush", ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle WAIT_OPTIONS_CREATE =
            function("rocksdb_wait_for_compact_options_create", ADDRESS);
    static final MethodHandle WAIT_FOR_COMPACT =
            procedure("rocksdb_wait_for_compact", ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle PROPERTY_INT =
            function("rocksdb_property_int", JAVA_INT, ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle PUT =
            procedure(
                    "rocksdb_put",
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS);
    static final MethodHandle DELETE =
            procedure("rocksdb_delete", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS);
    static final MethodHandle DEFAULT_FAMILY =
            function("rocksdb_get_default_column_family_handle", ADDRESS, ADDRESS);
    static final MethodHandle DELETE_RANGE =
            procedure(
                    "rocksdb_delete_range_cf",
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS);
    static final MethodHandle GET =
            function(
                    "rocksdb_get_into_buffer",
                    JAVA_BYTE,
                    ADDRESS,
                    ADDRESS,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS,
                    JAVA_LONG,
                    ADDRESS,
                    ADDRESS,
                    ADDRESS);
    static final MethodHandle ITERATOR =
            function("rocksdb_create_iterator", ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle ITERATOR_DESTROY = procedure("rocksdb_iter_destroy", ADDRESS);
    static final MethodHandle ITERATOR_FIRST = procedure("rocksdb_iter_seek_to_first", ADDRESS);
    static final MethodHandle ITERATOR_LAST = procedure("rocksdb_iter_seek_to_last", ADDRESS);
    static final MethodHandle ITERATOR_SEEK =
            procedure("rocksdb_iter_seek", ADDRESS, ADDRESS, JAVA_LONG);
    static final MethodHandle ITERATOR_NEXT = procedure("rocksdb_iter_next", ADDRESS);
    static final MethodHandle ITERATOR_PREVIOUS = procedure("rocksdb_iter_prev", ADDRESS);
    static final MethodHandle ITERATOR_ERROR =
            procedure("rocksdb_iter_get_error", ADDRESS, ADDRESS);
    static final MethodHandle ITERATOR_VALID = glance("rocksdb_iter_valid", JAVA_BYTE, ADDRESS);
    static final MethodHandle ITERATOR_KEY = glance("rocksdb_iter_key", ADDRESS, ADDRESS, ADDRESS);
    static final MethodHandle ITERATOR_VALUE =
            glance("rocksdb_iter_value", ADDRESS, ADDRESS, ADDRESS);

    private RocksC() {}

    private static SymbolLookup load() {
        RocksDB.loadLibrary();
        return SymbolLookup.loaderLookup();
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(
            String name, MemoryLayout result, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments));
    }

    /// A function that only looks at what an iterator stands on, so that the call may be a critical
    /// one, which costs a few nanoseconds less.
    @SuppressWarnings("restricted")
    private static MethodHandle glance(
            String name, MemoryLayout result, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(
                        symbol(name),
                        FunctionDescriptor.of(result, arguments),
                        Linker.Option.critical(false));
    }

    @SuppressWarnings("restricted")
    private static MethodHandle procedure(String name, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(symbol(name), FunctionDescriptor.ofVoid(arguments));
    }

    private static MemorySegment symbol(String name) {
        return LIBRARY.find(name)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "rocksdb: its library has no function " + name));
    }
}
