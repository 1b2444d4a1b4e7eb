package dev.kvarts.testkit.isolation;

import static dev.kvarts.testkit.isolation.AnomalyKind.*;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Every anomaly, made by hand, is found and called by its name, and nothing else is; what looks
/// like one and is none is not.
class IsolationCheckerTest {
    private static final int X = 3;
    private static final int Y = 5;

    private final HandMadeHistory history = HandMadeHistory.untimed();
    private final HandMadeHistory timed = HandMadeHistory.timed();

    @Nested
    class Lists {
        @Test
        void oneTransactionAfterTheOtherIsRight() {
            int a = timed.write(X);
            Recorder t = timed.begin();
            t.read(X, a);
            int b = t.write(X);
            t.read(X, a, b);
            int c = t.write(X);
            t.read(X, a, b, c);
            t.read(X, a, b, c);
            t.read(Y);
            t.committed();
            timed.read(X, a, b, c);
            timed.requireListsAreRight();
        }

        @Test
        void concurrentTransactionsThatAgreeOnAnOrderAreRight() {
            Recorder t1 = timed.begin();
            Recorder t2 = timed.begin();
            t2.read(X);
            int a = t1.write(X);
            int b = t1.write(Y);
            t1.committed();
            t2.read(Y);
            t2.committed();
            timed.read(X, a);
            timed.read(Y, b);
            timed.requireListsAreRight();
        }

        @Test
        void aListThatNobodyReadToItsEndIsRight() {
            int a = history.write(X);
            history.write(X);
            history.read(X, a);
            history.write(Y);
            history.requireListsAreRight();
        }

        @Test
        void aValueThatNobodyWroteIsGarbage() {
            history.read(X, 1 << 20);
            history.requireLists(GARBAGE_READ, "T0.0");
        }

        @Test
        void aValueOfAnotherKeyIsGarbage() {
            int a = history.write(Y);
            history.read(X, a);
            history.requireLists(GARBAGE_READ, "T1.0");
        }

        @Test
        void aValueThatIsThereTwiceIsGarbage() {
            int a = history.write(X);
            history.read(X, a, a);
            history.requireLists(GARBAGE_READ, "T1.0");
        }

        @Test
        void whoDoesNotSeeHisOwnWriteContradictsHimself() {
            int a = history.write(X);
            Recorder t = history.begin();
            t.write(X);
            t.read(X, a);
            t.committed();
            history.requireLists(INTERNAL, "T1.0");
        }

        @Test
        void whoSeesHisOwnWritesInAnotherOrderContradictsHimself() {
            Recorder t = history.begin();
            int a = t.write(X);
            int b = t.write(X);
            t.read(X, b, a);
            t.committed();
            history.requireLists(INTERNAL, "T0.0");
        }

        @Test
        void whoReadsAKeyTwiceAndDifferentlyContradictsHimself() {
            int a = history.write(X);
            Recorder t = history.begin();
            t.read(X);
            t.read(X, a);
            t.committed();
            history.requireLists(INTERNAL, "T1.0");
        }

        @Test
        void whoSeesWhatHimselfWritesLaterContradictsHimself() {
            Recorder t = history.begin();
            int next = 1 << Recorder.NUMBER_BITS;
            t.read(X, next);
            assertEquals(next, t.write(X));
            t.committed();
            history.requireLists(INTERNAL, "T0.0");
        }

        @Test
        void readingWhatIsAbortedIsG1a() {
            Recorder t1 = history.begin();
            int a = t1.write(X);
            t1.aborted();
            history.read(X, a);
            history.requireLists(G1A, "T0.0", "T1.0");
        }

        @Test
        void anAbortedVersionBelowACommittedOneIsG1a() {
            Recorder t1 = history.begin();
            int a = t1.write(X);
            t1.aborted();
            int b = history.write(X);
            history.read(X, a, b);
            history.requireLists(G1A, "T0.0", "T2.0");
        }

        @Test
        void anAbortedTransactionMustNotReadWhatIsAbortedEither() {
            Recorder t1 = history.begin();
            int a = t1.write(X);
            t1.aborted();
            Recorder t2 = history.begin();
            t2.read(X, a);
            t2.aborted();
            history.requireLists(G1A, "T0.0", "T1.0");
        }

        @Test
        void readingWhatWasTakenBackIsG1a() {
            Recorder t1 = history.begin();
            int a = t1.write(X);
            int b = t1.undone(X);
            t1.read(X, a);
            int c = t1.write(X);
            t1.committed();
            history.read(X, a, c);
            history.requireListsAreRight();
            history.read(X, a, b, c);
            history.requireLists(G1A, "T0.0", "T2.0");
        }

        @Test
        void readingWhatItsWriterReplacedIsG1b() {
            Recorder t1 = history.begin();
            int a = t1.write(X);
            int b = t1.write(X);
            t1.committed();
            history.read(X, a);
            history.read(X, a, b);
            history.requireLists(G1B, "T0.0", "T1.0");
        }

        @Test
        void twoListsNeitherOfWhichBeginsTheOtherAreIncompatible() {
            int a = history.write(X);
            int b = history.write(X);
            history.read(X, a);
            history.read(X, b);
            history.requireLists(INCOMPATIBLE_ORDER, "T2.0", "T3.0");
        }

        @Test
        void aWriteThatALaterReadDoesNotFindIsLost() {
            int a = timed.write(X);
            timed.write(X);
            int c = timed.write(X);
            timed.read(X, a, c);
            timed.requireLists(LOST_WRITE, "T1.0", "T3.0");
        }

        @Test
        void twoAppendsToTheSameVersionOfWhichOneIsGoneAreALostUpdate() {
            Recorder t1 = timed.begin();
            Recorder t2 = timed.begin();
            t1.read(X);
            t2.read(X);
            t1.write(X);
            t1.committed();
            int b = t2.write(X);
            t2.committed();
            timed.read(X, b);
            timed.requireLists(LOST_UPDATE, "T0.0", "T1.0");
        }

        @Test
        void twoAppendsToTheSameVersionOneUponTheOtherAreALostUpdate() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            t1.read(X);
            t2.read(X);
            int a = t1.write(X);
            t1.committed();
            int b = t2.write(X);
            t2.committed();
            history.read(X, a, b);
            history.requireLists(LOST_UPDATE, "T0.0", "T1.0");
        }

        @Test
        void aBlindAppendBetweenReadAndAppendIsALostUpdate() {
            Recorder t1 = history.begin();
            t1.read(X);
            int a = history.write(X);
            int b = t1.write(X);
            t1.committed();
            history.read(X, a, b);
            history.requireLists(LOST_UPDATE, "T0.0", "T1.0");
        }

        @Test
        void twoKeysOverwrittenInTwoOrdersAreG0() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            int x1 = t1.write(X);
            int x2 = t2.write(X);
            int y2 = t2.write(Y);
            int y1 = t1.write(Y);
            t1.committed();
            t2.committed();
            history.read(X, x1, x2);
            history.read(Y, y2, y1);
            Anomaly anomaly = history.requireLists(G0, "T0.0", "T1.0");
            assertTrue(
                    anomaly.account().startsWith("T0.0 --ww key 3--> T1.0 --ww key 5--> T0.0\n"),
                    anomaly::account);
            assertTrue(
                    anomaly.account().contains("T0.0 committed: write(3)=0.1 write(5)=0.2\n"),
                    anomaly::account);
        }

        @Test
        void readingEachOtherIsG1c() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            int a = t1.write(X);
            int b = t2.write(Y);
            t1.read(Y, b);
            t2.read(X, a);
            t1.committed();
            t2.committed();
            history.requireLists(G1C, "T0.0", "T1.0");
        }

        @Test
        void readingWhatOverwritesWhatItselfWroteIsG1c() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            int x1 = t1.write(X);
            int x2 = t2.write(X);
            int y2 = t2.write(Y);
            t1.read(Y, y2);
            t1.committed();
            t2.committed();
            history.read(X, x1, x2);
            history.requireLists(G1C, "T0.0", "T1.0");
        }

        @Test
        void halfOfAnotherTransactionIsReadSkew() {
            Recorder t1 = history.begin();
            int x = t1.write(X);
            int y = t1.write(Y);
            t1.committed();
            Recorder t2 = history.begin();
            t2.read(X);
            t2.read(Y, y);
            t2.committed();
            history.read(X, x);
            history.requireLists(G_SINGLE, "T0.0", "T1.0");
        }

        @Test
        void halfOfAnotherTransactionInAScanIsReadSkew() {
            Recorder t1 = history.begin();
            int x = t1.write(X);
            int y = t1.write(Y);
            t1.committed();
            Recorder t2 = history.begin();
            t2.scanned(X, x);
            t2.scanned(Y);
            t2.committed();
            history.read(Y, y);
            Anomaly anomaly = history.requireLists(G_SINGLE, "T0.0", "T1.0");
            assertTrue(anomaly.account().contains("--rw by scan key 5-->"), anomaly::account);
        }

        @Test
        void theReadSkewOfAnAbortedTransactionIsOneToo() {
            Recorder t1 = history.begin();
            int x = t1.write(X);
            int y = t1.write(Y);
            t1.committed();
            Recorder t2 = history.begin();
            t2.read(X);
            t2.read(Y, y);
            t2.aborted();
            history.read(X, x);
            history.read(Y, y);
            history.requireLists(G_SINGLE, "T0.0", "T1.0");
        }

        @Test
        void readSkewOverThreeTransactionsIsFound() {
            Recorder t1 = history.begin();
            int x = t1.write(X);
            t1.committed();
            Recorder t2 = history.begin();
            t2.read(X, x);
            int y = t2.write(Y);
            t2.committed();
            Recorder t3 = history.begin();
            t3.read(Y, y);
            t3.read(X);
            t3.committed();
            history.requireLists(G_SINGLE, "T0.0", "T1.0", "T2.0");
        }

        @Test
        void twoReadersThatSeeTwoWritersInTwoOrdersAreALongFork() {
            int x = history.write(X);
            int y = history.write(Y);
            Recorder t3 = history.begin();
            t3.read(X, x);
            t3.read(Y);
            t3.committed();
            Recorder t4 = history.begin();
            t4.read(X);
            t4.read(Y, y);
            t4.committed();
            history.requireLists(G_NONADJACENT, "T0.0", "T1.0", "T2.0", "T3.0");
        }

        @Test
        void twoThatReadWhatTheOtherWritesAreWriteSkewWhichSnapshotsAllow() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            t1.read(X);
            t2.read(Y);
            int y = t1.write(Y);
            int x = t2.write(X);
            t1.committed();
            t2.committed();
            history.read(X, x);
            history.read(Y, y);
            history.requireLists(G2_ITEM, "T0.0", "T1.0");
        }

        @Test
        void aReaderCanMakeTwoWritersUnorderable() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            t2.read(X);
            t2.read(Y);
            int y = t1.write(Y);
            t1.committed();
            Recorder t3 = history.begin();
            t3.read(X);
            t3.read(Y, y);
            t3.committed();
            int x = t2.write(X);
            t2.committed();
            history.read(X, x);
            history.requireLists(G2_ITEM, "T0.0", "T1.0", "T2.0");
        }

        @Test
        void writeSkewThroughAScanIsAPhantomWhichSnapshotsAllow() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            for (Recorder t : new Recorder[] {t1, t2}) {
                t.scanned(X);
                t.scanned(Y);
            }
            int x = t1.write(X);
            int y = t2.write(Y);
            t1.committed();
            t2.committed();
            history.read(X, x);
            history.read(Y, y);
            history.requireLists(G2_PREDICATE, "T0.0", "T1.0");
        }

        @Test
        void whatWasFinishedBeforeMustBeSeen() {
            int a = timed.write(X);
            Recorder t = timed.begin();
            t.read(X);
            t.committed();
            timed.read(X, a);
            timed.requireLists(REAL_TIME, "T0.0", "T1.0");
        }

        @Test
        void whatWasFinishedBeforeMustBeSeenThroughOthers() {
            int a = timed.write(X);
            int b = timed.write(Y);
            Recorder t = timed.begin();
            t.read(X);
            t.read(Y);
            t.committed();
            timed.read(X, a);
            timed.read(Y, b);
            timed.requireLists(REAL_TIME, "T0.0", "T2.0");
        }

        @Test
        void whatWasNotFinishedBeforeNeedNotBeSeen() {
            Recorder writer = timed.begin();
            int a = writer.write(X);
            timed.read(X);
            writer.committed();
            timed.read(X, a);
            timed.requireListsAreRight();
        }

        @Test
        void aTransactionOfUnknownEndCountsIfItWasSeen() {
            Recorder t1 = history.begin();
            int x = t1.write(X);
            int y = t1.write(Y);
            t1.unknown();
            history.read(X, x);
            history.requireListsAreRight();
            Recorder t2 = history.begin();
            t2.read(X, x);
            t2.read(Y);
            t2.committed();
            history.read(Y, y);
            history.requireLists(G_SINGLE, "T0.0", "T2.0");
        }

        @Test
        void aTransactionOfUnknownEndNeedNotBeSeen() {
            Recorder t1 = timed.begin();
            t1.write(X);
            t1.unknown();
            timed.read(X);
            timed.requireListsAreRight();
        }
    }

    @Nested
    class Registers {
        @Test
        void oneTransactionAfterTheOtherIsRight() {
            Recorder t1 = timed.begin();
            int p = t1.preload(X);
            t1.committed();
            Recorder t2 = timed.begin();
            t2.read(X, p);
            int a = t2.write(X);
            t2.read(X, a);
            int b = t2.write(X);
            t2.read(X, b);
            t2.read(Y);
            int y = t2.write(Y);
            t2.committed();
            Recorder t3 = timed.begin();
            t3.scanned(X, b);
            t3.scanned(Y, y);
            t3.delete(X);
            t3.read(X);
            t3.committed();
            timed.read(X);
            timed.read(Y, y);
            timed.requireRegistersAreRight();
        }

        @Test
        void aValueThatNobodyWroteIsGarbage() {
            history.read(X, 1 << 20);
            history.requireRegisters(GARBAGE_READ, "T0.0");
        }

        @Test
        void absenceThatNobodyMadeIsGarbage() {
            Recorder t1 = history.begin();
            t1.preload(X);
            t1.committed();
            history.read(X);
            history.requireRegisters(GARBAGE_READ, "T1.0");
        }

        @Test
        void whoDoesNotSeeHisOwnWriteContradictsHimself() {
            int a = history.write(X);
            Recorder t = history.begin();
            t.read(X, a);
            t.write(X);
            t.read(X, a);
            t.committed();
            history.requireRegisters(INTERNAL, "T1.0");
        }

        @Test
        void whoSeesWhatHimselfDeletedContradictsHimself() {
            Recorder t1 = history.begin();
            int a = t1.preload(X);
            t1.committed();
            Recorder t = history.begin();
            t.read(X, a);
            t.delete(X);
            t.scanned(X, a);
            t.committed();
            history.requireRegisters(INTERNAL, "T1.0");
        }

        @Test
        void whoReadsAKeyTwiceAndDifferentlyContradictsHimself() {
            int a = history.write(X);
            Recorder t = history.begin();
            t.scanned(X);
            t.scanned(X, a);
            t.committed();
            history.requireRegisters(INTERNAL, "T1.0");
        }

        @Test
        void readingWhatIsAbortedIsG1a() {
            Recorder t1 = history.begin();
            int a = t1.write(X);
            t1.aborted();
            history.read(X, a);
            history.requireRegisters(G1A, "T0.0", "T1.0");
        }

        @Test
        void readingWhatWasTakenBackIsG1a() {
            Recorder t1 = history.begin();
            int a = t1.undone(X);
            t1.write(Y);
            t1.committed();
            history.read(X);
            history.requireRegistersAreRight();
            history.read(X, a);
            history.requireRegisters(G1A, "T0.0", "T2.0");
        }

        @Test
        void seeingADeletionThatIsAbortedIsG1a() {
            Recorder t0 = history.begin();
            t0.preload(X);
            t0.committed();
            Recorder t1 = history.begin();
            t1.delete(X);
            t1.aborted();
            history.read(X);
            history.requireRegisters(G1A, "T1.0", "T2.0");
        }

        @Test
        void readingWhatItsWriterReplacedIsG1b() {
            Recorder t1 = history.begin();
            int a = t1.write(X);
            t1.write(X);
            t1.committed();
            history.read(X, a);
            history.requireRegisters(G1B, "T0.0", "T1.0");
        }

        @Test
        void twoThatReplaceTheSameVersionAreALostUpdate() {
            int a = history.write(X);
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            t1.read(X, a);
            t2.read(X, a);
            t1.write(X);
            t2.write(X);
            t1.committed();
            t2.committed();
            history.requireRegisters(LOST_UPDATE, "T1.0", "T2.0");
        }

        @Test
        void twoThatInsertTheSameKeyAreALostUpdate() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            t1.scanned(X);
            t2.scanned(X);
            t1.write(X);
            t2.write(X);
            t1.committed();
            t2.committed();
            history.requireRegisters(LOST_UPDATE, "T0.0", "T1.0");
        }

        @Test
        void bySequenceABlindWriteBetweenReadAndWriteIsALostUpdate() {
            Recorder t1 = history.begin();
            t1.read(X);
            Recorder t2 = history.begin();
            t2.write(X);
            t2.committed(7);
            t1.write(X);
            t1.committed(8);
            history.requireRegisters(LOST_UPDATE, "T0.0", "T1.0");
        }

        @Test
        void bySequenceReadSkewOverBlindWritesIsFound() {
            Recorder t1 = history.begin();
            int x1 = t1.write(X);
            t1.committed(5);
            Recorder t2 = history.begin();
            t2.write(X);
            int y2 = t2.write(Y);
            t2.committed(9);
            Recorder t3 = history.begin();
            t3.read(X, x1);
            t3.read(Y, y2);
            t3.committed();
            history.requireRegisters(G_SINGLE, "T1.0", "T2.0");
        }

        @Test
        void readingEachOtherIsG1c() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            int a = t1.write(X);
            int b = t2.write(Y);
            t1.read(Y, b);
            t2.read(X, a);
            t1.committed();
            t2.committed();
            history.requireRegisters(G1C, "T0.0", "T1.0");
        }

        @Test
        void halfOfAnInsertionOfTwoIsReadSkew() {
            Recorder t1 = history.begin();
            t1.write(X);
            int y = t1.write(Y);
            t1.committed();
            Recorder t2 = history.begin();
            t2.scanned(X);
            t2.scanned(Y, y);
            t2.committed();
            history.requireRegisters(G_SINGLE, "T0.0", "T1.0");
        }

        @Test
        void halfOfADeletionOfTwoIsReadSkew() {
            Recorder t0 = history.begin();
            t0.preload(X);
            int y = t0.preload(Y);
            t0.committed();
            Recorder t1 = history.begin();
            t1.read(Y, y);
            t1.delete(X);
            t1.delete(Y);
            t1.committed();
            Recorder t2 = history.begin();
            t2.scanned(X);
            t2.scanned(Y, y);
            t2.committed();
            history.requireRegisters(G_SINGLE, "T1.0", "T2.0");
        }

        @Test
        void twoReadersThatSeeTwoWritersInTwoOrdersAreALongFork() {
            int x = history.write(X);
            int y = history.write(Y);
            Recorder t3 = history.begin();
            t3.read(X, x);
            t3.read(Y);
            t3.committed();
            Recorder t4 = history.begin();
            t4.read(X);
            t4.read(Y, y);
            t4.committed();
            history.requireRegisters(G_NONADJACENT, "T0.0", "T1.0", "T2.0", "T3.0");
        }

        @Test
        void twoThatReadWhatTheOtherReplacesAreWriteSkew() {
            Recorder t0 = history.begin();
            int x = t0.write(X);
            int y = t0.write(Y);
            t0.committed();
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            for (Recorder t : new Recorder[] {t1, t2}) {
                t.read(X, x);
                t.read(Y, y);
            }
            t1.write(X);
            t2.write(Y);
            t1.committed();
            t2.committed();
            history.requireRegisters(G2_ITEM, "T1.0", "T2.0");
        }

        @Test
        void twoThatInsertWhatTheOtherScannedArePhantoms() {
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            for (Recorder t : new Recorder[] {t1, t2}) {
                t.scanned(X);
                t.scanned(Y);
            }
            t1.write(X);
            t2.write(Y);
            t1.committed();
            t2.committed();
            history.requireRegisters(G2_PREDICATE, "T1.0", "T0.0");
        }

        @Test
        void twoThatDeleteWhatTheOtherScannedArePhantoms() {
            Recorder t0 = history.begin();
            int x = t0.preload(X);
            int y = t0.preload(Y);
            t0.committed();
            Recorder t1 = history.begin();
            Recorder t2 = history.begin();
            for (Recorder t : new Recorder[] {t1, t2}) {
                t.scanned(X, x);
                t.scanned(Y, y);
            }
            t1.delete(X);
            t2.delete(Y);
            t1.committed();
            t2.committed();
            history.requireRegisters(G2_PREDICATE, "T1.0", "T2.0");
        }

        @Test
        void absenceOfAKeyThatComesAndGoesSaysNothing() {
            int x = history.write(X);
            Recorder t1 = history.begin();
            t1.read(X, x);
            t1.delete(X);
            int y = t1.write(Y);
            t1.committed();
            Recorder t2 = history.begin();
            t2.read(X);
            t2.read(Y, y);
            t2.committed();
            history.read(X);
            history.requireRegistersAreRight();
        }

        @Test
        void whatWasFinishedBeforeMustBeSeen() {
            int a = timed.write(X);
            Recorder t = timed.begin();
            t.read(X, a);
            t.write(X);
            t.committed();
            timed.read(X, a);
            timed.requireRegisters(REAL_TIME, "T1.0", "T2.0");
        }

        @Test
        void aDeletionOfUnknownEndMakesAbsencePossible() {
            Recorder t0 = history.begin();
            t0.preload(X);
            t0.committed();
            Recorder t1 = history.begin();
            t1.delete(X);
            t1.unknown();
            history.read(X);
            history.requireRegistersAreRight();
        }
    }
}
