// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The places of pending groups: a group keeps its own from when it closes to its response (rules C04, C15). */
class PendingGroupsTest extends CoreTest {
    private static final int ROUNDS = 10_000;
    /** Places of a ring that has grown once; it grows when half of those before are taken. */
    private static final int GROWN = 128;
    /** A few more than it takes to grow. */
    private static final int GROUPS = GROWN / 4 + 8;

    @Test
    void c15_placesAreUsedAgainAndOrderIsThatOfClosing() {
        FaultParam param = FaultParam.of(probe("d"));
        PendingGroups pending = param.pending();
        List<IopfGroup> staying = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            IopfGroup group = group(param);
            add(param, group);
            if (i % 5_000 == 0) {
                staying.add(group);
            } else {
                deliver(pending, group);
            }
        }
        assertThat(pending.list(group -> true)).isEqualTo(staying);
        staying.forEach(group -> deliver(pending, group));
        assertThat(pending.list(group -> true)).isEmpty();
    }

    /** Exchanging the ring for a larger one meets groups that are delivered just then; none may keep a place. */
    @Test
    @Timeout(60)
    void c15_noPlaceIsLostWhenGroupsAreDeliveredWhileTheRingGrows() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            FaultParam param = FaultParam.of(core.probe(driver, "unit0", "d", round));
            IopfGroup[] groups = new IopfGroup[GROUPS];
            Arrays.setAll(groups, i -> group(param));
            AtomicInteger added = new AtomicInteger();
            CompletableFuture<Void> delivering = CompletableFuture.runAsync(
                    () -> deliverAsSoonAsTheRingGrows(param.pending(), groups, added),
                    task -> new Thread(task).start());
            for (IopfGroup group : groups) {
                add(param, group);
                added.incrementAndGet();
            }
            delivering.get(10, TimeUnit.SECONDS);

            int next = groups[GROUPS - 1].number() + 1;
            for (int i = 0; i < 4 * GROWN; i++) {
                IopfGroup group = group(param);
                add(param, group);
                if (group.number() != next + i) {
                    assertThat(group.number())
                            .as("number when all places are free")
                            .isEqualTo(next + i);
                }
                deliver(param.pending(), group);
            }
            core.release(param);
        }
    }

    private static void deliverAsSoonAsTheRingGrows(PendingGroups pending, IopfGroup[] groups, AtomicInteger added) {
        for (int i = 0; i < groups.length; i++) {
            while (added.get() <= Math.max(i, GROWN / 4 - 1)) {
                Thread.onSpinWait();
            }
            deliver(pending, groups[i]);
        }
    }

    private static IopfGroup group(FaultParam param) {
        DeviceWork place = new DeviceWork(param, null, 1);
        return new IopfGroup(place, null, 0, PASID, 0, 0, 0, 0, 0, null, 1, 0);
    }

    private static void add(FaultParam param, IopfGroup group) {
        synchronized (param.lock()) {
            param.pending().add(group);
        }
    }

    private static void deliver(PendingGroups pending, IopfGroup group) {
        group.finish();
        pending.remove(group);
    }
}
