// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

/**
 * What a unit has, as its identification registers say it (IHI 0070 F.b §6.3.1, §6.3.2). Software uses nothing else.
 *
 * @param idr0 {@link Registers#IDR0}
 * @param idr1 {@link Registers#IDR1}
 * @since 1.2
 */
public record Features(int idr0, int idr1) {
    /** What the model has. */
    public static final Features MODEL = new Features(Registers.IDR0_VALUE, Registers.IDR1_VALUE);

    private static final int HTTU = 6;
    private static final int ATS = 10;
    private static final int MSI = 13;
    private static final int PRI = 16;
    private static final int STALL_MODEL = 24;
    private static final int ST_LEVEL = 27;
    private static final int SSIDSIZE = 6;
    private static final int STALLS_BY_CHOICE = 0b00;
    private static final int STALLS_ALWAYS = 0b10;

    /** IDR0 bits 7:6, HTTU: whether the unit sets access flags. */
    public boolean updatesAccessFlag() {
        return field(idr0, HTTU, 2) >= 1;
    }

    /** IDR0 bits 7:6, HTTU: whether the unit makes clean descriptors writable. */
    public boolean updatesDirtyState() {
        return field(idr0, HTTU, 2) >= 2;
    }

    /** IDR0 bit 10: devices may ask for translations. */
    public boolean ats() {
        return field(idr0, ATS, 1) != 0;
    }

    /** IDR0 bit 13: a CMD_SYNC may complete with a write to memory. */
    public boolean msi() {
        return field(idr0, MSI, 1) != 0;
    }

    /** IDR0 bit 16: there is a PRI queue. */
    public boolean pri() {
        return field(idr0, PRI, 1) != 0;
    }

    /** IDR0 bits 25:24, STALL_MODEL: whether a context descriptor may have transactions stall. */
    public boolean stalls() {
        int model = field(idr0, STALL_MODEL, 2);
        return model == STALLS_BY_CHOICE || model == STALLS_ALWAYS;
    }

    /** IDR0 bits 28:27, ST_LEVEL: whether a stream table may have two levels. */
    public boolean twoLevelStreams() {
        return field(idr0, ST_LEVEL, 2) == 1;
    }

    /** IDR1 bits 5:0, SIDSIZE: bits of a StreamID, 0 to 32. */
    public int streamBits() {
        return field(idr1, 0, 6);
    }

    /** IDR1 bits 10:6, SSIDSIZE: bits of a SubstreamID, 0 to 20; 0: a stream has one context descriptor. */
    public int substreamBits() {
        return field(idr1, SSIDSIZE, 5);
    }

    private static int field(int register, int shift, int bits) {
        return register >>> shift & (1 << bits) - 1;
    }
}
