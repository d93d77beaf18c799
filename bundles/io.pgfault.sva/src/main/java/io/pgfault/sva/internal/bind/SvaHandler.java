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
 * <p>The handler has no state and works on every {@link AddressSpace}, also on those of other bundles. The
 * core calls {@link #handle} on one of the fault queue's workers (rule S05). A group whose pages are all resident is
 * answered at once: looking takes no lock and allocates nothing. Every other group goes to the workers as work of its
 * own, so pages are populated on a worker also where a core calls the handler inline.
 */
@Component(property = "service.ranking:Integer=0")
@HandlesFaults(domain_kind = Sva.DOMAIN_KIND)
public final class SvaHandler implements FaultHandler {
    /**
     * A larger group goes to the workers unseen, so that one group holds up the calling thread for a microsecond at
     * most.
     */
    private static final int MAX_INLINE_REQUESTS = 32;

    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED;
        }
        boolean resident;
        try {
            resident = isResident(group, space);
        } catch (IllegalStateException e) {
            failUnlessAnswered(group, e);
            return Disposition.TAKEN;
        }
        if (resident) {
            group.respond(ResponseCode.SUCCESS);
        } else {
            group.execute(() -> resolve(group, space));
        }
        return Disposition.TAKEN;
    }

    private static boolean isResident(FaultGroup group, AddressSpace space) {
        int size = group.size();
        if (size > MAX_INLINE_REQUESTS) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if ((group.flags(i) & PageRequest.PASID_VALID) == 0
                    || !space.isResident(group.address(i), group.permissions(i))) {
                return false;
            }
        }
        return true;
    }

    /** Runs on a worker. */
    private static void resolve(FaultGroup group, AddressSpace space) {
        try {
            group.respond(populate(group, space));
        } catch (IllegalStateException e) {
            failUnlessAnswered(group, e);
        }
    }

    private static ResponseCode populate(FaultGroup group, AddressSpace space) {
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
