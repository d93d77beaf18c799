// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.itests.schedules.control.Actors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A core, a driver that counts the responses of each group id, one device in the queue, and a clock that stands still
 * until an actor moves it. Group ids are 0 to 15, each used once.
 */
final class CoreScene implements IommuDriver {
    static final String KIND = "test";
    /** Group ids below this are free for reports. */
    static final int GROUPS = 12;
    /** The group id of requests that are rejected, for scenarios that don't count them. */
    static final int REJECTED = 15;

    final AtomicLong clock = new AtomicLong(1);
    final CoreUnderTest core;
    final Device device;
    /** Responses per group id. The thread that responds writes it; every thread reads it. */
    private final AtomicIntegerArray responses = new AtomicIntegerArray(16);
    /** The value of the last response's code per group id, plus one. */
    private final AtomicIntegerArray codes = new AtomicIntegerArray(16);
    /** 1 for each group id that was reported to a device that had not been released. The reporting actor writes it. */
    private final AtomicIntegerArray reported = new AtomicIntegerArray(16);
    /** Set by an actor when a call returned after which no response may come. */
    volatile boolean over;
    /** Responses that came after {@link #over}. */
    private final AtomicLong late = new AtomicLong();

    /** The scene, its device in the queue, without a domain. */
    CoreScene() {
        this(0);
    }

    private CoreScene(int workers) {
        core = new CoreUnderTest(clock::get, workers);
        device = core.faults().probe(this, "unit0", "device", 0x100);
        core.queue().add(device);
    }

    /** The scene with a domain of {@link #KIND} attached to the device. */
    static CoreScene attached() {
        return attached(0);
    }

    /** The same with worker threads of the core's own. */
    static CoreScene attached(int workers) {
        CoreScene scene = new CoreScene(workers);
        scene.core.faults().attach(scene.device, Pasid.NONE, scene.domain("domain"));
        return scene;
    }

    Domain domain(String name) {
        return core.faults().allocateDomain(KIND, name, PageTable.EMPTY, false);
    }

    @Override
    public void pageResponse(Device to, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        if (over) {
            late.incrementAndGet();
        }
        codes.set(groupId, code.value() + 1);
        responses.incrementAndGet(groupId);
    }

    /** Reports a group of one request. */
    Report report(int groupId) {
        Report report = core.faults()
                .report(device, new PageRequest(PageRequest.LAST_PAGE, 0, groupId, Permissions.READ, 0x1000));
        if (report != Report.RELEASED) {
            reported.set(groupId, 1);
        }
        return report;
    }

    /** Reports a request that isn't last. */
    Report partial(int groupId) {
        return core.faults().report(device, new PageRequest(0, 0, groupId, Permissions.READ, 0x2000));
    }

    void turns() {
        while (core.turn()) {
            // The next piece of work.
        }
    }

    void pass(long nanos) {
        clock.addAndGet(nanos);
        core.expire();
    }

    boolean reported(int groupId) {
        return reported.get(groupId) == 1;
    }

    /** Adds the device to the queue again, unless another actor has done so or the core has stopped. */
    void rejoin() {
        try {
            core.queue().add(device);
        } catch (IllegalStateException e) {
            // The device is in the queue, or is released.
        }
    }

    int responses(int groupId) {
        return responses.get(groupId);
    }

    boolean answered(int groupId, ResponseCode code) {
        return responses.get(groupId) == 1 && codes.get(groupId) == code.value() + 1;
    }

    long late() {
        return late.get();
    }

    long count(Counter counter) {
        return core.queue().counters().get(counter);
    }

    /** Fails unless each group that closed has had exactly one response (rule C09). */
    void exactlyOne(int... groupIds) {
        for (int id : groupIds) {
            Actors.check(responses.get(id) == 1, "C09: group " + id + " has had " + responses.get(id) + " responses");
        }
    }

    /** Takes each group and keeps it. */
    static final class Keeper implements FaultHandler {
        private final List<FaultGroup> groups = new ArrayList<>();

        @Override
        public synchronized Disposition handle(FaultGroup group) {
            groups.add(group);
            return Disposition.TAKEN;
        }

        synchronized List<FaultGroup> groups() {
            return List.copyOf(groups);
        }
    }
}
