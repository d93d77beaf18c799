// SPDX-License-Identifier: Apache-2.0
package com.example.prefault;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.AddressSpace;
import org.osgi.service.component.annotations.Component;

/** Asked before the SVA handler: populates what a group asks for, and the page after each. */
@Component(property = "service.ranking:Integer=100")
@HandlesFaults(domain_kind = "sva")
public final class PreFault implements FaultHandler {
    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED; // not ours: the next handler is asked
        }
        int size = group.size();
        for (int i = 0; i < size; i++) {
            long address = group.address(i);
            int permissions = group.permissions(i);
            ResponseCode code = space.populate(address, permissions);
            if (code != ResponseCode.SUCCESS) {
                group.respond(code); // one page that can't be granted: the group gets that answer
                return Disposition.TAKEN;
            }
            space.populate(address + Translation.PAGE_SIZE, permissions); // a guess; if it fails, nothing is lost
        }
        group.respond(ResponseCode.SUCCESS);
        return Disposition.TAKEN;
    }
}
