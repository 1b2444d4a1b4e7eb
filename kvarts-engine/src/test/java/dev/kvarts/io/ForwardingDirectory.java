package dev.kvarts.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A directory that passes every call on, for those that do one of them differently.
public abstract class ForwardingDirectory implements Directory {
    protected final Directory real;

    protected ForwardingDirectory(Directory real) {
        this.real = real;
    }

    @Override
    public String describe() {
        return real.describe();
    }

    @Override
    public List<String> list() throws IOException {
        return real.list();
    }

    @Override
    public boolean isEmpty() throws IOException {
        return real.isEmpty();
    }

    @Override
    public boolean exists(String name) throws IOException {
        return real.exists(name);
    }

    @Override
    public long size(String name) throws IOException {
        return real.size(name);
    }

    @Override
    public WritableFile create(String name) throws IOException {
        return real.create(name);
    }

    @Override
    public ReadableFile open(String name, boolean mapped) throws IOException {
        return real.open(name, mapped);
    }

    @Override
    public MappedFile map(String name, long sizeBytes) throws IOException {
        return real.map(name, sizeBytes);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        real.rename(from, to);
    }

    @Override
    public void delete(String name) throws IOException {
        real.delete(name);
    }

    @Override
    public void sync() throws IOException {
        real.sync();
    }

    @Override
    public void linkTo(String name, Directory target) throws IOException {
        real.linkTo(name, target);
    }

    @Override
    public Directory at(Path path) throws IOException {
        return real.at(path);
    }

    @Override
    public AutoCloseable lock() throws IOException {
        return real.lock();
    }

    @Override
    public long cacheBytes() {
        return real.cacheBytes();
    }

    @Override
    public long freeBytes() throws IOException {
        return real.freeBytes();
    }
}
