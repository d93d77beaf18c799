// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.api.nest.Smmuv3Invalidation;
import java.util.ArrayList;
import java.util.List;

/**
 * The commands of an SMMUv3 that invalidate pages or the context descriptor of one substream (IHI 0070 F.b §4.3 to
 * §4.5). The host puts its own StreamID and VMID in place of those here, which are 0.
 */
final class StreamInvalidation {
    /** One context descriptor of a stream (§4.3.3): SubstreamID bits 31:12; word 1 bit 0: the descriptor alone. */
    private static final long CMD_CFGI_CD = 0x05;
    /** All context descriptors of a stream (§4.3.5). */
    private static final long CMD_CFGI_CD_ALL = 0x06;
    /** All translations of a VMID (§4.4.2). */
    private static final long CMD_TLBI_NH_ALL = 0x10;
    /** What devices cache (§4.5.1): SSV bit 11, SubstreamID bits 31:12; word 1: Size bits 5:0, Address bits 63:12. */
    private static final long CMD_ATC_INV = 0x40;

    private static final int SSV = 11;
    private static final int SUBSTREAM = 12;
    /** {@code Size}: all of the address space. */
    private static final int EVERYTHING = 52;

    private StreamInvalidation() {}

    /**
     * The commands, in order.
     *
     * @param pasid the substream, or {@code Pasid.NONE}
     * @param first byte address in the first page
     * @param last byte address in the last page, inclusive
     * @param everything whether context descriptors have changed too
     */
    static List<Smmuv3Invalidation> commands(int pasid, long first, long last, boolean everything) {
        List<Smmuv3Invalidation> commands = new ArrayList<>();
        if (everything) {
            commands.add(new Smmuv3Invalidation(CMD_CFGI_CD_ALL, 0));
        }
        commands.add(new Smmuv3Invalidation(CMD_TLBI_NH_ALL, 0));
        long substream = pasid == Pasid.NONE ? 0 : 1L << SSV | (long) pasid << SUBSTREAM;
        int size = everything ? EVERYTHING : size(first, last);
        long address = size >= EVERYTHING ? 0 : first & -(1L << (size + Translation.PAGE_SHIFT));
        commands.add(new Smmuv3Invalidation(CMD_ATC_INV | substream, address | size));
        return commands;
    }

    /**
     * The commands, in order, after a context descriptor has changed: the descriptor, then translations.
     *
     * @param pasid the substream; {@code Pasid.NONE}: every substream
     */
    static List<Smmuv3Invalidation> descriptors(int pasid) {
        Smmuv3Invalidation configuration = pasid == Pasid.NONE
                ? new Smmuv3Invalidation(CMD_CFGI_CD_ALL, 0)
                : new Smmuv3Invalidation(CMD_CFGI_CD | (long) pasid << SUBSTREAM, 0);
        return List.of(configuration, new Smmuv3Invalidation(CMD_TLBI_NH_ALL, 0));
    }

    /** Log2 of the pages of the smallest aligned block that holds both addresses. */
    private static int size(long first, long last) {
        long differing = (first ^ last) >>> Translation.PAGE_SHIFT;
        return Math.min(EVERYTHING, Long.SIZE - Long.numberOfLeadingZeros(differing));
    }
}
