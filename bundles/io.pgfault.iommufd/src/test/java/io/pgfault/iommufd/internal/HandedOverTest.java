// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import com.sun.jna.Library;
import com.sun.jna.Native;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;
import io.pgfault.iommufd.internal.kernel.LinuxCalls;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.userfault.spec.FaultRecord;
import io.pgfault.userfault.spec.ResponseRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * A taken-over fault queue, with the real system calls. One end of a socket pair is the queue, the test is the kernel.
 */
@EnabledOnOs(OS.LINUX)
class HandedOverTest {
    private static final int DEVICE = 7;
    private static final int GROUPS = 300;

    /** Makes the pair. */
    interface PairC extends Library {
        int socketpair(int domain, int type, int protocol, int[] descriptors);
    }

    @Test
    void faultsOfAnInheritedQueueAreServed_andStoppingIsImmediate() throws Exception {
        SystemCalls calls = new LinuxCalls();
        int[] pair = new int[2];
        assertThat(Native.load("c", PairC.class).socketpair(1, 1, 0, pair)).isZero();
        try (StartedCore core = new StartedCore()) {
            core.serve("user", false, group -> {
                group.respond(group.id() % 3 == 0 ? ResponseCode.INVALID : ResponseCode.SUCCESS);
                return Disposition.TAKEN;
            });
            IommufdUnit unit = new IommufdUnit(
                    core.faults(),
                    "vm0",
                    () -> new IommufdUnit.Opened(calls, IommufdUnit.open(calls, "/none", pair[1], null)),
                    made -> () -> {});
            BoundDevice device = new BoundDevice(
                    unit, core.faults(), null, null, "dev7", new DeviceChoice.Attached(DEVICE), "user", Pasid.NONE);
            ByteBuffer records = buffer(GROUPS * FaultRecord.SIZE);
            for (int i = 0; i < GROUPS; i++) {
                FaultRecord.put(
                        records, i * FaultRecord.SIZE, FaultRecord.LAST_PAGE, DEVICE, 0, i, 1, 0x1000L * i, i + 1);
            }
            assertThat(calls.write(pair[0], records, 0, records.capacity())).isEqualTo(records.capacity());

            int[] codes = new int[GROUPS];
            for (int answered = 0; answered < GROUPS; answered++) {
                ByteBuffer answer = buffer(ResponseRecord.SIZE);
                assertThat(calls.read(pair[0], answer, ResponseRecord.SIZE)).isEqualTo(ResponseRecord.SIZE);
                codes[ResponseRecord.cookie(answer, 0) - 1] += 1 + ResponseRecord.code(answer, 0);
            }
            for (int i = 0; i < GROUPS; i++) {
                assertThat(codes[i]).as("answers of group %d", i).isEqualTo(i % 3 == 0 ? 2 : 1);
            }

            long before = System.nanoTime();
            device.close();
            unit.deactivate();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(1));
            int event = calls.event();
            await().until(() -> (calls.poll(pair[0], event, 0) & SystemCalls.GONE) != 0);
            calls.close(event);
            calls.close(pair[0]);
        }
    }

    @Test
    void secondUnitOnOneDescriptor_isRefused_andClosesNothing() throws Exception {
        SystemCalls calls = new LinuxCalls();
        int[] pair = new int[2];
        assertThat(Native.load("c", PairC.class).socketpair(1, 1, 0, pair)).isZero();
        IommufdCheck check = new IommufdCheck(() -> calls);
        Map<String, Object> configured = Map.of("io.pgfault.unit.name", "vm1", "fault.fd", pair[1]);
        try (StartedCore core = new StartedCore()) {
            assertThat(check.obstacle(IommufdUnit.PID, configured)).isEmpty();
            IommufdUnit first = unit(core, "vm0", calls, pair[1]);
            assertThatIllegalStateException()
                    .isThrownBy(() -> unit(core, "vm1", calls, pair[1]))
                    .withMessageContaining("descriptor " + pair[1] + " is in use in this process already")
                    .withMessageContaining("give each unit a fault queue of its own");
            assertThat(check.obstacle(IommufdUnit.PID, configured))
                    .hasValueSatisfying(line -> assertThat(line).startsWith("unit vm1: descriptor " + pair[1]));
            int event = calls.event();
            assertThat(calls.poll(pair[0], event, 0) & SystemCalls.GONE)
                    .as("the first unit's end is open")
                    .isZero();
            first.deactivate();
            assertThat(calls.poll(pair[0], event, 0) & SystemCalls.GONE).isNotZero();
            calls.close(event);
            calls.close(pair[0]);
        }
    }

    private static IommufdUnit unit(StartedCore core, String name, SystemCalls calls, int descriptor) throws Exception {
        return new IommufdUnit(
                core.faults(),
                name,
                () -> new IommufdUnit.Opened(calls, IommufdUnit.open(calls, "/none", descriptor, null)),
                made -> () -> {});
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
