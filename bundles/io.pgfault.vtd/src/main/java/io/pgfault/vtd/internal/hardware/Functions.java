// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.vtd.internal.SparseTable;

/** The functions behind a unit by requester id. A message to an id that nobody has is lost, as on the bus. Any thread. */
final class Functions {
    private final SparseTable<Function> table = SparseTable.ofRequesterIds();

    boolean add(Function function) {
        return table.claim(function.requesterId(), function);
    }

    void remove(Function function) {
        table.remove(function.requesterId(), function);
    }

    boolean has(int requesterId) {
        return table.get(requesterId) != null;
    }

    void respond(int requesterId, int pasid, int prgIndex, int code) {
        Function function = table.get(requesterId);
        if (function != null) {
            function.respond(pasid, prgIndex, code);
        }
    }

    void invalidate(int requesterId, int pasid, long first, long last) {
        Function function = table.get(requesterId);
        if (function != null) {
            function.invalidate(pasid, first, last);
        }
    }
}
