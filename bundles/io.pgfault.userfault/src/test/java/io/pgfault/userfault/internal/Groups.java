// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.tck.core.StrictDomain;
import io.pgfault.tck.handler.OfferedGroup;
import java.util.stream.IntStream;

/** Makes groups of consecutive pages. */
final class Groups {
    static final int PASID = 7;

    private Groups() {}

    /** Makes a group that asks to read and write; page 0 starts at {@code address}. */
    static OfferedGroup of(PageTable pageTable, int id, long address, int pages) {
        return OfferedGroup.of(
                new StrictDomain("user", "vm0", pageTable, false),
                IntStream.range(0, pages)
                        .mapToObj(i -> new PageRequest(
                                PageRequest.PASID_VALID
                                        | PageRequest.RESPONSE_NEEDS_PASID
                                        | (i == pages - 1 ? PageRequest.LAST_PAGE : 0),
                                PASID,
                                id,
                                Permissions.READ | Permissions.WRITE,
                                address + 4096L * i))
                        .toArray(PageRequest[]::new));
    }
}
