// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

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
 *
 * <p>The handler has no state and works on every {@link AddressSpace}, also on those of other bundles. The handler
 * isn't inline, so the core calls {@link #handle} on one of the fault queue's workers (rule S05), and the handler
 * resolves the group there and then. For a page that is resident the handler takes no lock and allocates nothing.
 */
@Component(property = "service.ranking:Integer=0")
@HandlesFaults(domain_kind = Sva.DOMAIN_KIND)
public final class SvaHandler implements FaultHandler {
    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED;
        }
        try {
            group.respond(resolve(group, space));
        } catch (IllegalStateException e) {
            failUnlessAnswered(group, e);
        }
        return Disposition.TAKEN;
    }

    private static ResponseCode resolve(FaultGroup group, AddressSpace space) {
        int size = group.size();
        for (int i = 0; i < size; i++) {
            if ((group.flags(i) & PageRequest.PASID_VALID) == 0 && !group.secondStage()) {
                return ResponseCode.INVALID;
            }
            long address = group.address(i);
            int permissions = group.permissions(i);
            if (!space.isResident(address, permissions)) {
                ResponseCode code = space.populate(address, permissions);
                if (code != ResponseCode.SUCCESS) {
                    return code;
                }
            }
        }
        return ResponseCode.SUCCESS;
    }

    /**
     * Throws {@code e} if the address space threw it. The group throws the same exception when the deadline or a detach
     * answered the group meanwhile and its requests can't be read any more; that is no failure.
     */
    private static void failUnlessAnswered(FaultGroup group, IllegalStateException e) {
        if (group.respond(ResponseCode.FAILURE)) {
            throw e;
        }
    }
}
