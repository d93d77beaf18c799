// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.kernel;

import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.service.component.annotations.Component;

/** A handler that takes groups and keeps them. */
@Component(service = {FaultHandler.class, Holding.class})
@HandlesFaults(domain_kind = "proof")
public final class Holding implements FaultHandler {
    private final List<FaultGroup> groups = new CopyOnWriteArrayList<>();

    @Override
    public Disposition handle(FaultGroup group) {
        groups.add(group);
        return Disposition.TAKEN;
    }

    List<FaultGroup> groups() {
        return groups;
    }
}
