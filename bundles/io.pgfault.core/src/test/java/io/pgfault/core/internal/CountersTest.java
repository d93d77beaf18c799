// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.driver.FaultQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Counters never fall: rule C18. */
class CountersTest extends CoreTest {
    private static final int DEVICES = 3_000;
    private static final int GROUPS = 100;

    /** A thread reads the unit's counters while devices come, ask and go. */
    @Test
    @Timeout(60)
    void c18_aUnitsCountersNeverFallWhileDevicesComeAndGo() throws Exception {
        CompletableFuture<Void> devices = CompletableFuture.runAsync(
                () -> {
                    for (int i = 0; i < DEVICES; i++) {
                        Device device = core.probe(SILENT, "unit0", "d", i);
                        queue.add(device);
                        for (int group = 0; group < GROUPS; group++) {
                            last(device, group);
                        }
                        core.release(device);
                    }
                },
                task -> new Thread(task).start());
        long requests = 0;
        long invalid = 0;
        while (!devices.isDone()) {
            long nowRequests = queue.counters().get(Counter.REQUESTS);
            long nowInvalid = queue.counters().get(Counter.INVALID);
            assertThat(nowRequests).as("requests").isGreaterThanOrEqualTo(requests);
            assertThat(nowInvalid).as("groups answered INVALID").isGreaterThanOrEqualTo(invalid);
            requests = nowRequests;
            invalid = nowInvalid;
        }
        devices.get(10, TimeUnit.SECONDS);

        assertThat(queue.counters().get(Counter.REQUESTS)).isEqualTo((long) DEVICES * GROUPS);
        assertThat(queue.counters().get(Counter.INVALID)).isEqualTo((long) DEVICES * GROUPS);
    }

    @Test
    void c18_aDeviceThatMovesCountsForTheUnitThatItIsIn() {
        FaultQueue other = core.allocate("other");
        Device device = device("d");
        last(device, 1);
        queue.remove(device);
        other.add(device);
        last(device, 2);
        last(device, 3);
        core.release(device);
        last(device, 4);
        device.counters().add(Counter.STOP_MARKERS, 5);

        assertThat(queue.counters().get(Counter.REQUESTS)).isEqualTo(1);
        assertThat(other.counters().get(Counter.REQUESTS)).isEqualTo(3);
        assertThat(other.counters().get(Counter.STOP_MARKERS)).isEqualTo(5);
        assertThat(device.counters().get(Counter.REQUESTS)).isEqualTo(4);
    }

    private static final io.pgfault.api.driver.IommuDriver SILENT =
            (device, pasid, groupId, private0, private1, code) -> {};
}
