// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.iommufd.internal.kernel.AllocatedQueue;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;
import io.pgfault.iommufd.internal.kernel.FakeFaultQueue;
import io.pgfault.iommufd.internal.kernel.FakeFaultQueue.Fault;
import io.pgfault.iommufd.internal.kernel.FakeKernel;
import io.pgfault.iommufd.internal.kernel.Iommufd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A unit on a fake kernel, with the real core and a handler of kind {@code user} that holds groups or answers them. */
final class UnitRig implements AutoCloseable {
    static final int LAST = 2;
    static final int WITH_PASID = 1;
    static final String KIND = "user";

    final FakeKernel kernel = new FakeKernel();
    final StartedCore core = new StartedCore();
    final IommufdUnit unit;
    final FakeFaultQueue queue;
    final List<FaultGroup> held = new CopyOnWriteArrayList<>();

    /** The answer to a group, or null to hold it. */
    volatile Function<FaultGroup, ResponseCode> answers = group -> null;

    /** How many units took their services back. */
    final AtomicInteger unregistered = new AtomicInteger();

    private boolean gone;

    UnitRig() throws Exception {
        this(false);
    }

    UnitRig(boolean inline) throws Exception {
        core.serve(KIND, inline, group -> {
            ResponseCode code = answers.apply(group);
            if (code == null) {
                held.add(group);
            } else {
                group.respond(code);
            }
            return Disposition.TAKEN;
        });
        unit = unit("iommufd0");
        queue = kernel.queue();
    }

    /**
     * Makes a unit of that name on a fault queue that no other unit reads. {@code unregistered} counts how often such
     * units have unregistered their services.
     */
    IommufdUnit unit(String name) throws CallFailed {
        return new IommufdUnit(
                core.faults(),
                name,
                () -> new IommufdUnit.Opened(kernel, AllocatedQueue.open(kernel, Iommufd.PATH)),
                made -> unregistered::incrementAndGet);
    }

    /** A mock device whose faults all go to the handler. */
    BoundDevice mock(String name) {
        return new BoundDevice(unit, core.faults(), null, null, name, new DeviceChoice.Mock(), KIND, Pasid.NONE);
    }

    static Fault fault(BoundDevice device, int flags, int pasid, int group, long address) {
        return new Fault(flags, device.device().id(), pasid, group, 1, address);
    }

    /** A group of one, without PASID. */
    static Fault fault(BoundDevice device, int group) {
        return fault(device, LAST, 0, group, 0x1000L * group);
    }

    void awaitAnswers(int count) {
        await().atMost(Duration.ofSeconds(10)).until(() -> answers().size() >= count);
    }

    /** Returns the answers that devices got so far, in order. */
    List<FakeFaultQueue.Answer> answers() {
        List<FakeFaultQueue.Answer> copy = new CopyOnWriteArrayList<>();
        kernel.whileItStands(() -> copy.addAll(queue.answers));
        return copy;
    }

    void awaitHeld(int count) {
        await().atMost(Duration.ofSeconds(10)).until(() -> held.size() >= count);
    }

    long count(Counter counter) {
        return unit.queue().counters().get(counter);
    }

    void stopUnit() {
        if (!gone) {
            gone = true;
            unit.deactivate();
        }
    }

    @Override
    public void close() {
        stopUnit();
        core.close();
    }
}
