package dev.kvarts.testkit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvarts.api.Database;
import dev.kvarts.api.KeyspaceOptions;
import dev.kvarts.api.Options;
import dev.kvarts.db.Engine;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.function.Function;

/// The histories of [OrderedModelTest] notice what is wrong.
class PlantedBugsTest {
    private static final long SEED = Long.getLong("kvarts.model.seed", 20_260_707);
    private static final int OPERATIONS = 4_000;

    private record Host(SimulatedDisk disk, PlantedBugs.Bug bug) implements OrderedHistory.Host {
        @Override
        public Database open() {
            Options options = Workload.tinyOptions();
            var scheduler = new StepScheduler(SEED);
            return PlantedBugs.plant(bug, Engine.open(disk.directory("db"), scheduler, options));
        }

        @Override
        public <T> T copied(Database db, Function<Database, T> reader) {
            return reader.apply(db);
        }
    }

    @ParameterizedTest
    @EnumSource(PlantedBugs.Bug.class)
    void isNoticed(PlantedBugs.Bug bug) {
        var disk = new SimulatedDisk().usedByOneThread();
        var history = new OrderedHistory(new Host(disk, bug), KeyspaceOptions.defaults(), SEED);
        history.begin();
        String noticed = null;
        for (int step = 0; step < OPERATIONS && noticed == null; step++) {
            try {
                history.step();
            } catch (AssertionError e) {
                noticed = "step " + step + ": " + e.getMessage();
            }
        }
        assertTrue(noticed != null, "not noticed: " + bug + " seed=" + SEED);
        System.out.println("planted: " + bug + " noticed at " + noticed);
    }
}
