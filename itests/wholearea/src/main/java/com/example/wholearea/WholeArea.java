// SPDX-License-Identifier: Apache-2.0
package com.example.wholearea;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.util.Optional;
import org.osgi.service.component.annotations.Component;

/**
 * The whole area at its first fault, if the area has at most {@value #MOST} bytes; of a larger area only what is asked
 * for. The policy is {@code MAP_POPULATE} of mmap(2) put off to the first touch: small mappings (stacks, data of
 * libraries, descriptor rings) are used throughout, and large ones are not.
 */
@Component(property = "service.ranking:Integer=100")
@HandlesFaults(domain_kind = "sva")
public final class WholeArea implements FaultHandler {
    private static final long MOST = 128 * 1024;

    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED; // not ours: the next handler is asked
        }
        int size = group.size();
        long[] addresses = new long[size];
        int[] permissions = new int[size];
        for (int i = 0; i < size; i++) {
            addresses[i] = group.address(i);
            permissions[i] = group.permissions(i);
            ResponseCode code = space.populate(addresses[i], permissions[i]);
            if (code != ResponseCode.SUCCESS) {
                group.respond(code); // one page that can't be granted: the group gets that answer
                return Disposition.TAKEN;
            }
        }
        group.respond(ResponseCode.SUCCESS);
        for (int i = 0; i < size; i++) {
            whole(space, addresses[i], permissions[i]);
        }
        return Disposition.TAKEN;
    }

    private static void whole(AddressSpace space, long address, int permissions) {
        Optional<Area> found = space.find(address);
        if (found.isEmpty() || Long.compareUnsigned(found.get().size() - 1, MOST) >= 0) {
            return;
        }
        Area area = found.get();
        for (long offset = 0; offset < area.size(); offset += Translation.PAGE_SIZE) {
            space.populate(area.start() + offset, permissions);
        }
    }
}
