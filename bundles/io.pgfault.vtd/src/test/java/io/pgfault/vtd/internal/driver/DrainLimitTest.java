// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.parts.PasidSet;
import io.pgfault.tck.core.StrictFaults;
import io.pgfault.vtd.internal.RecordingDevice;
import io.pgfault.vtd.internal.hardware.AttachedDevice;
import io.pgfault.vtd.internal.hardware.Hardware;
import io.pgfault.vtd.internal.hardware.Memory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A drain whose limit is over before the event thread has made a pass: the draining thread is told. */
@Timeout(60)
class DrainLimitTest {
    private static final int ID = 0x0310;

    private final StrictFaults faults = StrictFaults.builder()
            .answers(request -> ResponseCode.SUCCESS)
            .domainsEverywhere()
            .build();
    private final Memory memory = new Memory(Driver.memoryPages(0));
    private final Hardware hardware = new Hardware(memory);
    private final Driver driver = new Driver(
            faults,
            faults.allocate("dmar0"),
            hardware,
            memory,
            hardware.domains(),
            0,
            false,
            TimeUnit.MILLISECONDS.toNanos(50));
    private final Device device = faults.probe(
            (to, pasid, group, word2, word3, code) -> driver.pageResponse(to, pasid, group, word2, word3, code),
            "dmar0",
            "gpu",
            ID);
    private final CountDownLatch reporting = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    @BeforeEach
    void theEventThreadIsHeldUpInAReport() {
        hardware.interrupt(driver.interrupt());
        hardware.connect(new AttachedDevice(ID, new RecordingDevice()));
        driver.add(device);
        faults.beforeReport(() -> {
            reporting.countDown();
            join(goOn);
        });
        driver.enable();
        driver.tables("gpu", ID, (pasid, first, last) -> {}, new PasidSet()).enter();
        driver.start(() -> {});
        hardware.pageRequest(ID, Pasid.NONE, 1, Permissions.READ, 0x1000, true);
        join(reporting);
    }

    @AfterEach
    void stop() {
        goOn.countDown();
        driver.stop();
    }

    @Test
    void v10_aDeviceWhoseRequestsWereNotProcessed_isNotDrained() {
        assertThatThrownBy(() -> driver.drain(device, Pasid.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("dmar0", "gpu", "not drained", "50 ms", "inline");
        goOn.countDown();
        // On a busy machine the event thread may need more than one drain's limit to make its pass.
        await().untilAsserted(() ->
                assertThatCode(() -> driver.drain(device, Pasid.NONE)).doesNotThrowAnyException());
        assertThat(faults.reported()).hasSize(1);
    }

    @Test
    void v10_aUnitWhoseRequestsWereNotProcessed_isNotDrained() {
        assertThatThrownBy(driver::drain)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("dmar0", "the unit", "not drained", "50 ms", "inline");
    }

    private static void join(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
