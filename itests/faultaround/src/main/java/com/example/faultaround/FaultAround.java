// SPDX-License-Identifier: Apache-2.0
package com.example.faultaround;

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
 * Fault-around: populates the aligned window of {@value #WINDOW} bytes around each page that a group asks for, as far
 * as the page's area reaches. The policy is Linux's for pages of files that are in the page cache ({@code
 * do_fault_around} in mm/memory.c, {@code fault_around_bytes} of 64 KiB by default, since 3.15). Linux answers the
 * fault with the window; this handler answers first, so that the device doesn't wait for the window.
 */
@Component(property = "service.ranking:Integer=100")
@HandlesFaults(domain_kind = "sva")
public final class FaultAround implements FaultHandler {
    private static final long WINDOW = 64 * 1024;

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
            around(space, addresses[i], permissions[i]);
        }
        return Disposition.TAKEN;
    }

    private static void around(AddressSpace space, long address, int permissions) {
        Optional<Area> area = space.find(address);
        if (area.isEmpty()) {
            return;
        }
        long window = address & -WINDOW;
        for (long offset = 0; offset < WINDOW; offset += Translation.PAGE_SIZE) {
            if (area.get().contains(window + offset)) {
                space.populate(window + offset, permissions);
            }
        }
    }
}
