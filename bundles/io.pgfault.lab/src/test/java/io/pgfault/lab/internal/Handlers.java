// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;

/** Handlers for tests. */
final class Handlers {
    /** Populates what a group asks for, and nothing else. */
    static final FaultHandler DEMAND = group -> {
        group.respond(populate(group));
        return Disposition.TAKEN;
    };

    private Handlers() {}

    static AddressSpace space(FaultGroup group) {
        return (AddressSpace) group.domain().pageTable();
    }

    static ResponseCode populate(FaultGroup group) {
        ResponseCode code = ResponseCode.SUCCESS;
        for (int i = 0; i < group.size() && code == ResponseCode.SUCCESS; i++) {
            code = space(group).populate(group.address(i), group.permissions(i));
        }
        return code;
    }

    /** Populates what a group asks for, answers, and then populates {@code ahead} pages after the last request. */
    static FaultHandler ahead(int ahead) {
        return group -> {
            long address = group.address(group.size() - 1);
            int permissions = group.permissions(group.size() - 1);
            group.respond(populate(group));
            for (int i = 1; i <= ahead; i++) {
                space(group).populate(address + 4096L * i, permissions);
            }
            return Disposition.TAKEN;
        };
    }
}
