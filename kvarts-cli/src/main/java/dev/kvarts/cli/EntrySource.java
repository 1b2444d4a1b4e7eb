package dev.kvarts.cli;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Where imported entries come from.
interface EntrySource {
    /// Hands every entry to the receiver.
    ///
    /// @throws CommandException if the source cannot be understood; the message says where in it
    void read(Receiver receiver) throws IOException;

    /// How many entries there will be, or -1.
    default long count() throws IOException {
        return -1;
    }

    /// How many things that are no entries, such as links, were left out. Asked after reading.
    default long leftOut() {
        return 0;
    }

    interface Receiver {
        /// Takes one entry; `value` may be read during the call only.
        void accept(byte[] key, MemorySegment value) throws IOException;

        default void accept(byte[] key, byte[] value) throws IOException {
            accept(key, MemorySegment.ofArray(value));
        }
    }
}
