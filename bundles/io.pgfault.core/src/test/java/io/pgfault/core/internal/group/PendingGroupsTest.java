// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.core.internal.work.Work;
import io.pgfault.parts.BackoffLock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The places of pending groups: a group keeps its own from when it closes to its response (rules C04, C15). */
class PendingGroupsTest {
    private static final int ROUNDS = 2_000;
    private static final int GROUPS = 600;

    private final BackoffLock lock = new BackoffLock();
    private final AtomicLong answered = new AtomicLong();

    private PendingGroups pending() {
        answered.set(0);
        return new PendingGroups(lock, "d", TimeUnit.SECONDS.toNanos(10), () -> 0, answered::get);
    }

    @Test
    void c15_aGroupThatStaysForManyLapsOfTheRingKeepsItsPlaceAndTheOrderIsThatOfClosing() {
        PendingGroups pending = pending();
        List<IopfGroup> staying = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            IopfGroup group = group();
            add(pending, group);
            if (i % 5_000 == 0) {
                staying.add(group);
            } else {
                deliver(pending, group, i % 2 == 0);
            }
        }
        assertThat(pending.list(group -> true)).isEqualTo(staying);
        staying.forEach(group -> deliver(pending, group, false));
        assertThat(pending.list(group -> true)).isEmpty();
        assertThat(pending.reaches(1)).isFalse();
    }

    @Test
    void c15_groupsLeaveInAnyOrderWhileTheRingGrows() {
        Random random = new Random(1);
        PendingGroups pending = pending();
        Deque<IopfGroup> held = new ArrayDeque<>();
        for (int i = 0; i < 200_000; i++) {
            IopfGroup group = group();
            add(pending, group);
            if (random.nextBoolean()) {
                held.addLast(group);
            } else {
                held.addFirst(group);
            }
            if (random.nextInt(100) < (i < 100_000 ? 30 : 100)) {
                deliver(pending, random.nextBoolean() ? held.removeFirst() : held.removeLast(), random.nextBoolean());
            }
            if (i % 20_000 == 0) {
                List<IopfGroup> listed = pending.list(g -> true);
                assertThat(listed).isSortedAccordingTo(Comparator.comparingLong(IopfGroup::number));
                assertThat(Set.copyOf(listed).equals(Set.copyOf(held)))
                        .as("the listed groups are those held")
                        .isTrue();
            }
        }
    }

    /** The reporting thread fills places, and the ring grows, while another thread empties them. */
    @Test
    @Timeout(60)
    void c15_noPlaceIsLostWhenGroupsAreDeliveredWhileTheRingGrows() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            PendingGroups pending = pending();
            IopfGroup[] groups = new IopfGroup[GROUPS];
            Arrays.setAll(groups, i -> group());
            AtomicInteger added = new AtomicInteger();
            CompletableFuture<Void> delivering = CompletableFuture.runAsync(
                    () -> {
                        for (int i = 0; i < groups.length; i++) {
                            while (added.get() <= i) {
                                Thread.onSpinWait();
                            }
                            deliver(pending, groups[i], false);
                        }
                    },
                    task -> new Thread(task).start());
            for (IopfGroup group : groups) {
                add(pending, group);
                added.incrementAndGet();
            }
            delivering.get(10, TimeUnit.SECONDS);

            assertThat(pending.list(group -> true)).isEmpty();
            assertThat(pending.reaches(1)).isFalse();
            assertThat(pending.requests()).isZero();
        }
    }

    private static IopfGroup group() {
        return IopfGroup.closed(null, NOWHERE, null, 0, 7, 0, 0, 0, 0, 0, null, 3, 0, false);
    }

    private void add(PendingGroups pending, IopfGroup group) {
        lock.lock();
        try {
            pending.add(group);
        } finally {
            lock.unlock();
        }
    }

    private void deliver(PendingGroups pending, IopfGroup group, boolean reporting) {
        answered.incrementAndGet();
        group.finish();
        pending.remove(group, reporting);
    }

    private static final GroupDevice NOWHERE = new GroupDevice() {
        @Override
        public Device device() {
            throw new AssertionError("no thread asks here");
        }

        @Override
        public void send(IopfGroup group, ResponseCode code, Counter why, int answerer) {
            throw new AssertionError("no thread answers here");
        }

        @Override
        public boolean enqueue(Work work) {
            throw new AssertionError("no thread works here");
        }

        @Override
        public void count(Counter counter) {
            throw new AssertionError("no thread counts here");
        }

        @Override
        public void warn(String what, IopfGroup group, Throwable cause) {
            throw new AssertionError("no thread warns here");
        }
    };
}
