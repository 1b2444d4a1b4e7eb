package dev.kvarts.cli;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.kvarts.inspect.DatabaseLayout;
import dev.kvarts.inspect.DatabaseLayout.HashedLayout;
import dev.kvarts.inspect.DatabaseLayout.KeyspaceLayout;
import dev.kvarts.inspect.DatabaseLayout.Level;
import dev.kvarts.inspect.DatabaseLayout.OrderedLayout;
import dev.kvarts.inspect.DatabaseLayout.RunFile;
import dev.kvarts.inspect.DatabaseLayout.SortedRun;
import dev.kvarts.inspect.DatabaseLayout.TableFile;
import dev.kvarts.inspect.DatabaseLayout.ValueFile;

import java.io.IOException;

/// The layout of a database as JSON.
final class LayoutJson {
    private LayoutJson() {}

    static void print(Terminal terminal, DatabaseLayout layout, Notation keys) throws IOException {
        Json.object(
                terminal.out(),
                true,
                json -> {
                    json.writeNumberField("logSegments", layout.logSegments());
                    json.writeNumberField("logBytes", layout.logBytes());
                    json.writeArrayFieldStart("keyspaces");
                    for (KeyspaceLayout keyspace : layout.keyspaces()) {
                        json.writeStartObject();
                        json.writeStringField("name", keyspace.name());
                        json.writeNumberField("fileBytes", keyspace.fileBytes());
                        switch (keyspace) {
                            case HashedLayout hashed -> write(json, hashed);
                            case OrderedLayout ordered -> write(json, ordered, keys);
                        }
                        json.writeEndObject();
                    }
                    json.writeEndArray();
                });
    }

    private static void write(JsonGenerator json, HashedLayout keyspace) throws IOException {
        json.writeStringField("shape", "hashed");
        json.writeArrayFieldStart("runs");
        for (RunFile run : keyspace.runs()) {
            json.writeStartObject();
            json.writeNumberField("number", run.number());
            json.writeNumberField("fileBytes", run.fileBytes());
            json.writeNumberField("records", run.records());
            json.writeNumberField("tombstones", run.tombstones());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, OrderedLayout keyspace, Notation keys)
            throws IOException {
        json.writeStringField("shape", "ordered");
        json.writeStringField(
                "strategy", StrategyConverter.nameOf(keyspace.options().compaction()));
        json.writeStringField("codec", keyspace.options().codec());
        json.writeArrayFieldStart("levels");
        for (Level level : keyspace.levels()) {
            json.writeStartObject();
            json.writeNumberField("level", level.number());
            json.writeArrayFieldStart("runs");
            for (SortedRun run : level.runs()) {
                json.writeStartObject();
                json.writeNumberField("run", run.number());
                json.writeArrayFieldStart("tables");
                for (TableFile table : run.tables()) {
                    write(json, table, keys);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("valueFiles");
        for (ValueFile file : keyspace.valueFiles()) {
            json.writeStartObject();
            json.writeNumberField("number", file.number());
            json.writeNumberField("fileBytes", file.fileBytes());
            json.writeNumberField("records", file.records());
            json.writeNumberField("valueBytes", file.valueBytes());
            json.writeNumberField("liveRecords", file.liveRecords());
            json.writeNumberField("liveBytes", file.liveBytes());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void write(JsonGenerator json, TableFile table, Notation keys)
            throws IOException {
        json.writeStartObject();
        json.writeNumberField("number", table.number());
        json.writeNumberField("fileBytes", table.fileBytes());
        json.writeNumberField("entries", table.entries());
        json.writeNumberField("tombstones", table.tombstones());
        json.writeNumberField("rangeTombstones", table.rangeTombstones());
        json.writeNumberField("sequenceMin", table.sequenceMin());
        json.writeNumberField("sequenceMax", table.sequenceMax());
        Json.bytes(json, "firstKey", table.firstKey(), keys);
        if (table.lastKey() != null) {
            Json.bytes(json, "lastKey", table.lastKey(), keys);
        }
        json.writeEndObject();
    }
}
