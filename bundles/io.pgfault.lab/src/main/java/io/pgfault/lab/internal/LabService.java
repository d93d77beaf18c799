// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.lab.Bound;
import io.pgfault.lab.Conditions;
import io.pgfault.lab.Lab;
import io.pgfault.lab.Trial;
import io.pgfault.lab.TrialStopped;
import io.pgfault.lab.internal.core.LabDevice;
import io.pgfault.lab.internal.core.LabDomain;
import io.pgfault.lab.internal.core.RealCore;
import io.pgfault.lab.internal.core.TrialCore;
import io.pgfault.lab.internal.core.VirtualCore;
import io.pgfault.lab.internal.device.ModelDevice;
import io.pgfault.lab.internal.device.Oracle;
import io.pgfault.lab.internal.space.TrialClock;
import io.pgfault.lab.internal.space.WatchedSpace;
import io.pgfault.trace.AccessSource;
import io.pgfault.trace.UnreadableInput;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/** Puts a trial together: device, address space, core, clock. The service has no state. Any thread. */
@Component
public final class LabService implements Lab {
    @Override
    public Trial run(Conditions conditions, AccessSource trace, AddressSpace space, List<FaultHandler> handlers)
            throws TrialStopped, UnreadableInput, InterruptedException {
        if (space instanceof NestedTable) {
            throw new IllegalArgumentException(
                    "address space %s has a user's first stage; a trial has one stage, give it the second stage's address space"
                            .formatted(space.name()));
        }
        TrialClock.Virtual virtual = new TrialClock.Virtual();
        TrialClock clock = conditions.real() ? TrialClock.real() : virtual;
        ModelDevice model = new ModelDevice(conditions, clock);
        WatchedSpace watched = new WatchedSpace(space, clock, conditions.costs(), model);
        Device device = new LabDevice();
        Domain domain = new LabDomain(watched, space.name());
        try (TrialCore core = conditions.real()
                ? new RealCore(device, domain, handlers)
                : new VirtualCore(conditions, virtual, device, domain, handlers)) {
            return model.run(trace, watched, core);
        }
    }

    @Override
    public Bound bound(Conditions conditions, AccessSource trace, List<Area> areas) throws UnreadableInput {
        return new Oracle(areas).read(conditions, trace);
    }
}
