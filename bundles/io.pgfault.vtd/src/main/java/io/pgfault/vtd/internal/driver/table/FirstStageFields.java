// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import io.pgfault.api.Pasid;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.api.nest.VtdInvalidation;
import io.pgfault.vtd.spec.CanonicalAddress;
import java.util.Locale;

/** Checks what a user says of its first stage (rule N04). A message names device, PASID, field, value and remedy. */
final class FirstStageFields {
    private static final long FLAGS = VtdFirstStage.SRE | VtdFirstStage.EAFE | VtdFirstStage.WPE;
    private static final int ROOT_WIDTH = 52;
    private static final int PAGE_SHIFT = 12;

    private final String device;
    private final int pasid;

    FirstStageFields(String device, int pasid) {
        this.device = device;
        this.pasid = pasid;
    }

    /**
     * A first stage that the unit can walk.
     *
     * @param fiveLevel whether the unit walks five levels
     * @throws IllegalArgumentException if a field is wrong
     */
    VtdFirstStage check(FirstStage stage, boolean fiveLevel) {
        if (!(stage instanceof VtdFirstStage vtd)) {
            throw refused(
                    "first stage", stage.getClass().getSimpleName(), "a VT-d unit walks VtdFirstStage and no other");
        }
        if ((vtd.flags() & ~FLAGS) != 0) {
            throw refused("flags", hex(vtd.flags()), "SRE (1), EAFE (2) and WPE (4) are allowed");
        }
        if ((vtd.root() & (1L << PAGE_SHIFT) - 1) != 0 || vtd.root() >>> ROOT_WIDTH != 0) {
            throw refused("root", hex(vtd.root()), "a multiple of 4096 of at most 52 bits is allowed");
        }
        boolean four = vtd.addressWidth() == CanonicalAddress.FOUR_LEVEL;
        boolean five = vtd.addressWidth() == CanonicalAddress.FIVE_LEVEL && fiveLevel;
        if (!four && !five) {
            throw refused(
                    "address width",
                    Integer.toString(vtd.addressWidth()),
                    fiveLevel ? "48 and 57 are allowed" : "48 is allowed; for 57 set five.level of the unit");
        }
        return vtd;
    }

    /**
     * Address of the last byte that an invalidation names; -1 for everything.
     *
     * @throws IllegalArgumentException if a field is wrong
     */
    long last(VtdInvalidation invalidation) {
        long address = invalidation.address();
        long pages = invalidation.pages();
        if ((invalidation.flags() & ~VtdInvalidation.LEAF) != 0) {
            throw refused("flags", hex(invalidation.flags()), "LEAF (1) is allowed");
        }
        if (pages == VtdInvalidation.ALL) {
            if (address != 0) {
                throw refused("address", hex(address), "with all pages 0 is allowed");
            }
            return -1;
        }
        if ((address & (1L << PAGE_SHIFT) - 1) != 0) {
            throw refused("address", hex(address), "a multiple of 4096 is allowed");
        }
        long most = (-1L >>> PAGE_SHIFT) - (address >>> PAGE_SHIFT) + 1;
        if (pages < 1 || pages > most) {
            throw refused("pages", Long.toString(pages), "1 to %d from that address, or all (-1)".formatted(most));
        }
        return address + (pages << PAGE_SHIFT) - 1;
    }

    private IllegalArgumentException refused(String field, String value, String allowed) {
        return new IllegalArgumentException("device %s, %s: the %s of the user's first stage is %s; %s"
                .formatted(device, pasid == Pasid.NONE ? "no PASID" : "PASID " + pasid, field, value, allowed));
    }

    private static String hex(long value) {
        return String.format(Locale.ROOT, "0x%x", value);
    }
}
