// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A unit or a transfer that throws an {@code Error} reaches the accessing thread, and costs the device neither a
 * request number nor an epoch slot (rule C21). Each device has one request number: a lost number would block the next
 * access.
 */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileUnitTest {
    private static final int PASID = 7;
    private static final long PAGE = 0x5000;

    private final FakeUnit unit = new FakeUnit();

    private PcieFunction function() {
        return new PcieFunction(unit, "dev0", 0x10, 16, 1);
    }

    private StallingMaster master() {
        return new StallingMaster(unit, "dev0", 0x10, 1);
    }

    private static void fail() {
        throw new NoClassDefFoundError("a bundle was refreshed");
    }

    private static void grant(FakeUnit unit, FakeUnit.Request r) {
        unit.map(r.pasid(), r.address(), r.permissions());
        unit.downstream.pageGroupResponse(r.pasid(), r.number(), Downstream.SUCCESS);
    }

    private static void resume(FakeUnit unit, FakeUnit.Request r) {
        unit.map(r.pasid(), r.address(), r.permissions());
        unit.downstream.resume(r.number(), true);
    }

    @Test
    void c21_pageRequestThatThrowsAnError_leavesItsNumberForTheNextAccess() throws Exception {
        PcieFunction function = function();
        unit.host = (from, request) -> fail();
        assertThatThrownBy(() -> function.access(PASID, PAGE, READ)).isInstanceOf(NoClassDefFoundError.class);
        unit.host = HostileUnitTest::grant;
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.DONE, 1));
        assertThat(function.unexpectedResponses()).isZero();
    }

    @Test
    void c21_secondRequestOfAGroupThatThrowsAnError_leavesTheGroupsNumberForTheNextAccess() throws Exception {
        PcieFunction function = function();
        unit.host = (from, request) -> {
            if (request.last()) {
                fail();
            }
        };
        assertThatThrownBy(() -> function.ask(PASID, PAGE, 2, READ)).isInstanceOf(NoClassDefFoundError.class);
        unit.host = HostileUnitTest::grant;
        assertThat(function.access(PASID, PAGE, READ).outcome()).isEqualTo(Outcome.DONE);
    }

    @Test
    void c21_translationThatThrowsAnError_leavesNoSlotForAnInvalidationToWaitFor() throws Exception {
        PcieFunction function = function();
        unit.afterWalk = HostileUnitTest::fail;
        assertThatThrownBy(() -> function.access(PASID, PAGE, READ)).isInstanceOf(NoClassDefFoundError.class);
        unit.downstream.invalidate(PASID, 0, -1);
        unit.afterWalk = () -> {};
        unit.map(PASID, PAGE, READ);
        assertThat(function.access(PASID, PAGE, READ)).isEqualTo(Access.HIT);
    }

    @Test
    void c21_transactionThatThrowsAnError_leavesItsNumberForTheNextAccess() throws Exception {
        StallingMaster master = master();
        unit.host = (from, request) -> fail();
        assertThatThrownBy(() -> master.access(PASID, PAGE, READ)).isInstanceOf(NoClassDefFoundError.class);
        unit.host = HostileUnitTest::resume;
        assertThat(master.access(PASID, PAGE, READ)).isEqualTo(new Access(Outcome.DONE, 1));
        assertThat(master.unexpectedResumes()).isZero();
    }

    @Test
    void c21_transferThatThrowsAnError_leavesNoSlotForAnInvalidationToWaitFor() {
        for (DeviceModel device : new DeviceModel[] {function(), masterOnAnotherUnit()}) {
            for (int access = 0; access < 2; access++) {
                assertThatThrownBy(() -> device.access(PASID, PAGE, READ, translation -> fail()))
                        .isInstanceOf(NoClassDefFoundError.class);
            }
            device.invalidate(PASID, 0, -1);
            device.disconnect();
        }
    }

    /** The function of {@link #function} takes its unit, so that the master gets a unit of its own. */
    private StallingMaster masterOnAnotherUnit() {
        FakeUnit other = new FakeUnit();
        other.map(PASID, PAGE, READ | WRITE);
        unit.map(PASID, PAGE, READ | WRITE);
        return new StallingMaster(other, "dev1", 0x11, 1);
    }
}
