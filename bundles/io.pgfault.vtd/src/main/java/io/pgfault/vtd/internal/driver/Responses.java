// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.api.ResponseCode;
import io.pgfault.vtd.spec.PageGroupResponseDescriptor;

/**
 * Encodes responses as page group response descriptors (VT-d 4.1 §7.7; rule V09) and submits them to the command queue.
 * Any thread; a response allocates nothing.
 */
public final class Responses {
    private final CommandQueue commands;

    public Responses(CommandQueue commands) {
        this.commands = commands;
    }

    /**
     * Answers a group.
     *
     * @param requesterId the device's requester id, 16 bits
     * @param pasid the PASID, or {@code Pasid.NONE} for a response without PASID
     * @param prgIndex the page request group index, 9 bits
     * @param private0 private data of the request, low word, 0 when absent
     * @param private1 private data of the request, high word, 0 when absent
     */
    public void respond(int requesterId, int pasid, int prgIndex, long private0, long private1, ResponseCode code) {
        commands.submit(
                PageGroupResponseDescriptor.word0(requesterId, pasid, PageGroupResponseDescriptor.wire(code)),
                PageGroupResponseDescriptor.word1(prgIndex),
                private0,
                private1);
    }
}
