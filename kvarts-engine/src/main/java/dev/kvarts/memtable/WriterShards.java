package dev.kvarts.memtable;

import dev.kvarts.entry.EntryFormat;

import java.util.Arrays;
import java.util.function.ToLongFunction;

/// The shards of a keyspace's writers. They outlive its memory stores, and know whether anybody may
/// still write.
///
/// Thread safety: any number of threads; whoever takes several locks takes them in ascending order.
public final class WriterShards {
    private final WriterShard[] shards;

    private volatile String refusal; // why no more writes are taken

    /// @param count a power of two
    public WriterShards(int count) {
        this.shards = new WriterShard[count];
        Arrays.setAll(shards, _ -> new WriterShard());
    }

    public int count() {
        return shards.length;
    }

    /// Locks a shard for a writer.
    ///
    /// @throws IllegalStateException if writes are refused; nothing is locked then
    public void lock(int shard) {
        shards[shard].lock();
        String reason = refusal;
        if (reason != null) {
            shards[shard].unlock();
            throw new IllegalStateException(reason);
        }
    }

    public void unlock(int shard) {
        shards[shard].unlock();
    }

    /// Also if writes are refused.
    public void lockAll() {
        for (WriterShard shard : shards) {
            shard.lock();
        }
    }

    public void unlockAll() {
        for (WriterShard shard : shards) {
            shard.unlock();
        }
    }

    /// From now on nobody gets a lock to write. Those who have one may still be at it.
    public void refuse(String reason) {
        refusal = reason;
    }

    /// Counts an entry. Requires: the shard is locked.
    public void count(int shard, byte kind, long userBytes) {
        shards[shard].count(EntryFormat.isPut(kind), userBytes - EntryFormat.prefixSize(kind));
    }

    /// Notes the sequence number of an entry. Requires: the shard is locked.
    public void written(int shard, long sequence) {
        shards[shard].written(sequence);
    }

    /// Highest sequence number of all entries since the opening. Requires: all shards are locked.
    public long written() {
        long last = 0;
        for (WriterShard shard : shards) {
            last = Math.max(last, shard.written());
        }
        return last;
    }

    public long puts() {
        return sum(WriterShard::puts);
    }

    public long deletes() {
        return sum(WriterShard::deletes);
    }

    /// Bytes of keys and values.
    public long userBytes() {
        return sum(WriterShard::userBytes);
    }

    private long sum(ToLongFunction<WriterShard> count) {
        long sum = 0;
        for (WriterShard shard : shards) {
            shard.lock();
            sum += count.applyAsLong(shard);
            shard.unlock();
        }
        return sum;
    }
}
