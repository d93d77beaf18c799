// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpinThenParkTest {
    private final SpinThenPark place = new SpinThenPark();

    @Test
    void await_returnsAtOnceWhenTheConditionHolds() {
        place.await(() -> true);
        assertThat(place.isParked()).isFalse();
        assertThat(place.wake()).isFalse();
    }

    @Test
    void wake_wakesAParkedOwner_once() throws Exception {
        AtomicBoolean condition = new AtomicBoolean();
        Thread owner = started(() -> place.await(condition::get));
        awaitParked(owner);
        condition.set(true);
        assertThat(place.wake()).isTrue();
        assertThat(place.wake()).isFalse();
        owner.join(30_000);
        assertThat(owner.isAlive()).isFalse();
        assertThat(place.isParked()).isFalse();
    }

    @Test
    void wake_withoutTheCondition_doesNotEndTheWait() throws Exception {
        AtomicBoolean condition = new AtomicBoolean();
        Thread owner = started(() -> place.await(condition::get));
        awaitParked(owner);
        assertThat(place.wake()).isTrue();
        awaitParked(owner);
        condition.set(true);
        assertThat(place.wake()).isTrue();
        owner.join(30_000);
        assertThat(owner.isAlive()).isFalse();
    }

    /** A parked thread whose interrupt flag stays set would look at the condition millions of times (fault B8). */
    @Test
    void anInterruptedOwner_sleepsOn() throws Exception {
        AtomicBoolean condition = new AtomicBoolean();
        AtomicInteger looks = new AtomicInteger();
        Thread owner = started(() -> place.await(() -> {
            looks.incrementAndGet();
            return condition.get();
        }));
        awaitParked(owner);
        int before = looks.get();
        owner.interrupt();
        await().until(() -> looks.get() > before);
        awaitParked(owner);
        assertThat(owner.isInterrupted()).isFalse();
        assertThat(looks.get()).isLessThan(before + 10);
        condition.set(true);
        place.wake();
        owner.join(30_000);
        assertThat(owner.isAlive()).isFalse();
    }

    @Test
    void everyWakeIsSeen_howeverQuick() throws Exception {
        AtomicLong given = new AtomicLong();
        AtomicLong taken = new AtomicLong();
        int turns = 100_000;
        Thread owner = started(() -> {
            for (long i = 1; i <= turns; i++) {
                long next = i;
                place.await(() -> given.get() >= next);
                taken.set(i);
            }
        });
        for (int i = 1; i <= turns; i++) {
            given.set(i);
            place.wake();
            if (i % 100 == 0) {
                int now = i;
                await().pollDelay(java.time.Duration.ZERO)
                        .pollInterval(java.time.Duration.ofNanos(1000))
                        .until(() -> taken.get() == now);
            }
        }
        owner.join(30_000);
        assertThat(taken).hasValue(turns);
    }

    private static Thread started(Runnable run) {
        Thread thread = new Thread(run, "owner");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void awaitParked(Thread owner) {
        await().until(() -> place.isParked() && owner.getState() == Thread.State.WAITING);
    }
}
