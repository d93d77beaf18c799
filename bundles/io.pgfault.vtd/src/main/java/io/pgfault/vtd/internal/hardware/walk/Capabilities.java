// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

/**
 * What a unit can, as its capability registers say it (VT-d 4.1 §11.4.2, §11.4.3).
 *
 * @param hostWidth width of addresses of memory in bits, 32 to 52: address bits beyond are reserved in entries
 * @param guestWidth MGAW + 1: width of addresses that the second stage takes, in bits
 * @param secondStageLevels which numbers of levels a second stage may have: bit n for n levels (SAGAW)
 * @param largePages whether second-stage entries may map 2 MiB and 1 GiB (SSLPS)
 * @param fiveLevels whether a first stage may have five levels (FS5LP)
 * @param scalable whether there is scalable mode, with first-stage, nested and pass-through translation
 * @param deviceTlb whether devices may send translation requests (DT)
 * @param snoop whether second-stage entries may have the snoop bit (SC)
 * @param passThrough whether requests may pass through (PT)
 * @param ridPasid whether a scalable-mode context entry names the PASID of requests without one; else that is PASID 0
 *     (RPS)
 */
public record Capabilities(
        int hostWidth,
        int guestWidth,
        int secondStageLevels,
        boolean largePages,
        boolean fiveLevels,
        boolean scalable,
        boolean deviceTlb,
        boolean snoop,
        boolean passThrough,
        boolean ridPasid) {
    /** Everything that this model has: scalable mode, three to five levels, 52-bit addresses. */
    public static final Capabilities FULL =
            new Capabilities(52, 57, 0b111000, true, true, true, true, true, true, true);

    /** A copy of these capabilities, with or without first stages of five levels. */
    public Capabilities withFiveLevels(boolean has) {
        return new Capabilities(
                hostWidth,
                guestWidth,
                secondStageLevels,
                largePages,
                has,
                scalable,
                deviceTlb,
                snoop,
                passThrough,
                ridPasid);
    }

    private static final int FAULT_RECORDING_SHIFT = 24;

    /**
     * The capability register.
     *
     * @param faultRecords offset of the fault recording registers in bytes, a multiple of 16
     * @param records how many fault recording registers there are, 1 to 256
     */
    public long register(int faultRecords, int records) {
        return 0b110L
                | (secondStageLevels >>> 2 & 0x1fL) << 8
                | (guestWidth - 1L) << 16
                | (faultRecords / 16L) << FAULT_RECORDING_SHIFT
                | (largePages ? 0b11L : 0) << 34
                | 1L << 39
                | (records - 1L) << 40
                | 63L << 48
                | (scalable ? 1L << 56 : 0)
                | (fiveLevels ? 1L << 60 : 0);
    }

    /**
     * The extended capability register: queued invalidation always; page requests, PASIDs of 20 bits, first-stage,
     * second-stage and nested translation with scalable mode.
     */
    public long extendedRegister() {
        return 0b10L
                | (deviceTlb ? 1L << 2 : 0)
                | (passThrough ? 1L << 6 : 0)
                | (snoop ? 1L << 7 : 0)
                | (scalable ? 1L << 26 | 1L << 29 | 1L << 30 | 1L << 31 | 19L << 35 | 1L << 40 | 1L << 43 : 0)
                | (scalable ? 1L << 45 | 1L << 46 | 1L << 47 : 0)
                | (scalable && ridPasid ? 1L << 49 : 0);
    }

    /** The PASID of requests without one, as a scalable-mode context entry with this RID_PASID field says it. */
    int withoutPasid(int field) {
        return ridPasid ? field : 0;
    }

    boolean hasSecondStage(int levels) {
        return (secondStageLevels >>> levels & 1) != 0;
    }
}
