// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import org.osgi.service.component.annotations.Component;

/**
 * Resolves groups against the address space of their domain (rules S02, S03, S05; kernel: {@code iommu_sva_handle_mm}).
 * It has no state, and takes any {@link AddressSpace} whoever made it. Runs on the fault queue's workers.
 */
@Component(property = "service.ranking:Integer=0")
@HandlesFaults(domain_kind = Sva.DOMAIN_KIND)
public final class SvaHandler implements FaultHandler {
    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED;
        }
        ResponseCode code;
        try {
            code = resolve(group, space);
        } catch (IllegalStateException e) {
            // Either the group was answered while it was being resolved (deadline, detach) and its requests can't be
            // read any more, which is nobody's failure; or the address space failed, and the core shall log it.
            if (group.respond(ResponseCode.FAILURE)) {
                throw e;
            }
            return Disposition.TAKEN;
        }
        group.respond(code);
        return Disposition.TAKEN;
    }

    private static ResponseCode resolve(FaultGroup group, AddressSpace space) {
        int size = group.size();
        for (int i = 0; i < size; i++) {
            if ((group.flags(i) & PageRequest.PASID_VALID) == 0) {
                return ResponseCode.INVALID;
            }
            ResponseCode code = space.populate(group.address(i), group.permissions(i));
            if (code != ResponseCode.SUCCESS) {
                return code;
            }
        }
        return ResponseCode.SUCCESS;
    }
}
