// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.handler.Disposition;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What reporting and answering allocate: one object of at most 96 bytes for a group, nothing for a request (rule C15).
 */
class AllocationTest {
    private static final int GROUPS = 50_000;
    private static final int BYTES_PER_GROUP = 96;
    private static final int PASID = 7;
    private static final int PARTIAL = PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID;
    /** What the JVM itself may put on the thread's account meanwhile, when it links or replaces code. */
    private static final long JVM_BYTES = 16_384;

    private static final IommuDriver SILENT = (device, pasid, groupId, private0, private1, code) -> {};

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final IoPageFaultCore core = new IoPageFaultCore(
            new Settings(Duration.ofSeconds(10).toNanos(), 0, 0, 1, 4_096, 65_536, 65_536, 0, 16), System::nanoTime);
    private final Device device = core.probe(SILENT, "unit0", "d", 1);
    private long read;

    @AfterEach
    void stopCore() {
        core.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 32, 100})
    void c15_aGroupCostsOneSmallObjectHoweverManyRequestsItHas(int size) {
        core.allocate("unit0").add(device);
        core.attach(device, PASID, core.allocateDomain("test", "p", PageTable.EMPTY, false));
        core.addHandler(
                group -> {
                    for (int i = 0; i < group.size(); i++) {
                        read += group.address(i) + group.permissions(i) + group.flags(i);
                    }
                    group.respond(ResponseCode.SUCCESS);
                    return Disposition.TAKEN;
                },
                1,
                0,
                true,
                Set.of("test"));
        report(GROUPS / 10, size);

        long before = threads.getCurrentThreadAllocatedBytes();
        report(GROUPS, size);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated)
                .as("bytes allocated for %d groups of %d", GROUPS, size)
                .isLessThanOrEqualTo((long) GROUPS * BYTES_PER_GROUP + JVM_BYTES);
        assertThat(read).as("what the handler read").isPositive();
    }

    private void report(int groups, int size) {
        for (int group = 0; group < groups; group++) {
            for (int i = 1; i < size; i++) {
                core.report(device, PARTIAL, PASID, group & 511, Permissions.READ, (long) i << 12, 0, 0);
            }
            core.report(device, PARTIAL | PageRequest.LAST_PAGE, PASID, group & 511, Permissions.READ, 0x1000, 0, 0);
        }
    }
}
