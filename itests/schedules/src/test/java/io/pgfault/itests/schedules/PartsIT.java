// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import static io.pgfault.itests.schedules.control.Actors.check;
import static io.pgfault.itests.schedules.control.Actors.together;

import io.pgfault.itests.schedules.control.Explore;
import io.pgfault.parts.BackoffLock;
import io.pgfault.parts.Doorbell;
import io.pgfault.parts.Passes;
import io.pgfault.parts.SpinThenPark;
import io.pgfault.parts.Walkers;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The shared pieces: a lock has one holder, a ring is never lost, a thread never sleeps while its condition holds, a
 * pass is never missed, no walk outlives an invalidation of what it reads.
 */
class PartsIT {
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(10);
    private static final long SOON = TimeUnit.SECONDS.toNanos(1);

    private final AtomicInteger added = new AtomicInteger();
    /** What the last call of the listener found; only a call of the listener writes it, one at a time. */
    private final AtomicInteger found = new AtomicInteger();

    private final AtomicInteger inListener = new AtomicInteger();

    /** A value that the lock guards. */
    private int guarded;

    private void addUnder(BackoffLock lock) {
        lock.lock();
        try {
            check(inListener.incrementAndGet() == 1, "two threads hold the lock");
            guarded++;
            inListener.decrementAndGet();
        } finally {
            lock.unlock();
        }
    }

    @Explore(600)
    void backoffLock_threeThreads_oneAtATimeHoldsIt() {
        BackoffLock lock = new BackoffLock();
        together(() -> addUnder(lock), () -> addUnder(lock), () -> addUnder(lock));
        check(guarded == 3, "a section was lost: " + guarded + " of 3");
    }

    private Doorbell doorbell() {
        return new Doorbell(() -> {
            check(inListener.incrementAndGet() == 1, "two calls of the listener overlap");
            found.set(added.get());
            inListener.decrementAndGet();
        });
    }

    private void add(Doorbell doorbell) {
        added.incrementAndGet();
        doorbell.ring();
    }

    @Explore(600)
    void doorbell_threeThreadsRing_theListenerFindsEverything() {
        Doorbell doorbell = doorbell();
        together(() -> add(doorbell), () -> add(doorbell), () -> add(doorbell));
        check(found.get() == 3, "a ring was lost: the listener found " + found.get() + " of 3");
        check(!doorbell.isBusy(), "the doorbell is busy though no thread rings");
    }

    @Explore(600)
    void doorbell_ringAndAwait_returnsAfterACallThatBeganAfterIt() {
        Doorbell doorbell = doorbell();
        long start = System.nanoTime();
        together(
                () -> add(doorbell),
                () -> {
                    int before = added.incrementAndGet();
                    check(doorbell.ringAndAwait(LIMIT), "the wait ran into its limit");
                    check(found.get() >= before, "the wait ended before the call that it was for");
                },
                () -> {
                    int before = added.incrementAndGet();
                    check(doorbell.ringAndAwait(LIMIT), "the wait ran into its limit");
                    check(found.get() >= before, "the wait ended before the call that it was for");
                });
        check(System.nanoTime() - start < SOON, "a waiting thread was not woken");
    }

    @Explore(600)
    void doorbell_listenerThrows_theOtherRingsAreStillAnswered() {
        AtomicInteger calls = new AtomicInteger();
        Doorbell doorbell = new Doorbell(() -> {
            found.set(added.get());
            if (calls.getAndIncrement() == 0) {
                throw new IllegalStateException("on purpose");
            }
        });
        AtomicInteger thrown = new AtomicInteger();
        Runnable adding = () -> {
            try {
                add(doorbell);
            } catch (IllegalStateException e) {
                thrown.incrementAndGet();
            }
        };
        together(adding::run, adding::run, adding::run);
        check(found.get() == 3, "a ring was lost: the listener found " + found.get() + " of 3");
        check(thrown.get() == 1, "the exception reached " + thrown.get() + " callers");
    }

    @Explore(600)
    void spinThenPark_ownerNeverSleepsWhileTheConditionHolds() {
        SpinThenPark place = new SpinThenPark();
        together(
                () -> {
                    place.await(() -> added.get() >= 1);
                    place.await(() -> added.get() >= 2);
                },
                () -> {
                    added.incrementAndGet();
                    place.wake();
                },
                () -> {
                    added.incrementAndGet();
                    place.wake();
                });
    }

    @Explore(600)
    void spinThenPark_interruptedOwner_waitsOn() {
        SpinThenPark place = new SpinThenPark();
        Thread[] owner = new Thread[1];
        together(
                () -> {
                    owner[0] = Thread.currentThread();
                    place.await(() -> added.get() >= 1);
                    check(added.get() >= 1, "an interrupt ended the wait");
                },
                () -> {
                    if (owner[0] != null) {
                        owner[0].interrupt();
                    }
                    added.incrementAndGet();
                    place.wake();
                });
    }

    @Explore(600)
    void passes_await_returnsAfterAPassThatBeganAfterIt() {
        AtomicInteger asked = new AtomicInteger();
        SpinThenPark place = new SpinThenPark();
        Passes passes = new Passes(() -> {
            asked.incrementAndGet();
            place.wake();
        });
        together(
                () -> {
                    for (int done = 0; done < 2; ) {
                        int seen = done;
                        place.await(() -> asked.get() > seen);
                        done = asked.get();
                        passes.begin();
                        found.set(added.get());
                        passes.end();
                    }
                    passes.over();
                },
                () -> await(passes),
                () -> await(passes));
    }

    private void await(Passes passes) throws InterruptedException {
        int before = added.incrementAndGet();
        check(passes.await(LIMIT), "the wait for a pass ran into its limit");
        check(found.get() >= before || passes.isOver(), "the wait ended before the pass that it was for");
    }

    @Explore(600)
    void passes_over_endsEveryWait() {
        Passes passes = new Passes(() -> {});
        together(passes::over, () -> check(passes.await(LIMIT), "a wait outlives the worker"));
        check(passes.isOver(), "the worker is over");
    }

    /** A page table of one entry and a cache of it, as a unit has them. Software frees the table it has cut out. */
    private static final class OneTable {
        private final Walkers<Walkers.Turn> walkers = new Walkers<>(Walkers.Turn::new);
        private final AtomicInteger entry = new AtomicInteger(1);
        private final AtomicInteger cached = new AtomicInteger();
        /** The table that was freed last; tables have numbers from 1. */
        private final AtomicInteger freed = new AtomicInteger();

        void walk() {
            Walkers.Turn turn = walkers.own();
            turn.begin();
            int table = cached.get();
            if (table == 0) {
                table = entry.get();
            }
            check(freed.get() < table, "a walk reads a table that was freed");
            turn.end();
        }

        void fill() {
            cached.set(entry.get());
        }

        void replace(int by) {
            entry.set(by);
            cached.set(0);
            walkers.awaitBusy();
            freed.set(by - 1);
        }
    }

    @Explore(600)
    void walkers_awaitBusy_outlastsEachWalkThatFoundTheOldTable() {
        OneTable table = new OneTable();
        together(
                () -> {
                    table.walk();
                    table.walk();
                },
                table::walk,
                () -> {
                    table.replace(2);
                    table.replace(3);
                });
    }

    @Explore(600)
    void walkers_awaitBusy_outlastsEachWalkThatFoundTheOldEntryOfTheCache() {
        OneTable table = new OneTable();
        table.fill();
        together(
                () -> {
                    table.walk();
                    table.walk();
                },
                () -> table.replace(2),
                table::walk);
    }

    @Explore(100)
    void walkers_aThreadThatInvalidatesWithinItsWalk_doesNotWaitForItself() {
        OneTable table = new OneTable();
        together(
                () -> {
                    table.walkers.own().begin();
                    table.replace(2);
                    table.walkers.own().end();
                },
                table::walk);
    }
}
