package dev.kvarts.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvarts.api.MemoryReport;
import dev.kvarts.cache.MemoryBudget.Account;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/// One number, itemised.
final class MemoryBudgetTest {
    @Test
    void theReportAddsUp() {
        var budget = new MemoryBudget(1000);
        budget.charge(Account.MEMORY_STORES, 500);
        budget.charge(Account.MAPLETS, 70);
        budget.charge(Account.DEAD_BITS, 5);
        budget.charge(Account.MEMORY_STORES, -100);
        MemoryReport report = budget.report();
        assertEquals(1000, report.limitBytes());
        assertEquals(475, report.usedBytes());
        assertEquals(400, report.items().get("memory stores"));
        assertEquals(
                report.usedBytes(),
                report.items().values().stream().mapToLong(Long::longValue).sum());
        assertEquals(Account.values().length, report.items().size());
        assertEquals(75, budget.usedByIndexes());
    }

    @Test
    void chargesOfManyThreadsAreNotLost() throws InterruptedException {
        var budget = new MemoryBudget(1000);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int n = 0; n < 50_000; n++) {
                                            budget.charge(Account.BUFFERS, 3);
                                            budget.charge(Account.BUFFERS, -2);
                                        }
                                    }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(200_000, budget.used(Account.BUFFERS));
    }
}
