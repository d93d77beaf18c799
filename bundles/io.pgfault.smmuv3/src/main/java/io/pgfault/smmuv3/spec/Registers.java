// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

/**
 * Offsets in bytes of the 32-bit registers that fault handling and translation use, from the base of page 0; page 1
 * starts at 0x10000 (IHI 0070 F.b §6.2). {@link QueueRegisters} has the form of producer and consumer registers.
 *
 * <pre>
 * CMDQ_CONS (§6.3.28): 31 reserved | 30:24 ERR | 23:20 reserved | 19:0 RD
 * </pre>
 */
public final class Registers {
    /** Features that the unit has: stages, formats, ASID and VMID sizes; read only (§6.3.1). */
    public static final int IDR0 = 0x0;

    /** Sizes of the unit: bits of StreamIDs and SubstreamIDs; read only (§6.3.2). */
    public static final int IDR1 = 0x4;

    /** Address sizes and granules; read only (§6.3.6). */
    public static final int IDR5 = 0x14;

    /** Enables of the unit and its queues (§6.3.9). */
    public static final int CR0 = 0x20;

    /** {@link #CR0} as the unit has taken it. */
    public static final int CR0ACK = 0x24;

    /** How the unit reaches tables and queues in memory (§6.3.11). */
    public static final int CR1 = 0x28;

    /** Which interrupts the unit raises (§6.3.19). */
    public static final int IRQ_CTRL = 0x50;

    /** {@link #IRQ_CTRL} as the unit has taken it. */
    public static final int IRQ_CTRLACK = 0x54;

    /** The command queue's address and size, see {@link #queueBase}; the upper half is at +4 (§6.3.26). */
    public static final int CMDQ_BASE = 0x90;

    /** The event queue's address and size, as {@link #CMDQ_BASE} (§6.3.29). */
    public static final int EVENTQ_BASE = 0xa0;

    /** The PRI queue's address and size, as {@link #CMDQ_BASE} (§6.3.32). */
    public static final int PRIQ_BASE = 0xc0;

    /** The stream table's address, bits 31:6 of 51:6; the upper half is at +4 (§6.3.24). */
    public static final int STRTAB_BASE = 0x80;

    /** The stream table's form, see {@link #strtab} (§6.3.25). */
    public static final int STRTAB_BASE_CFG = 0x88;

    /** Bit 0 of {@link #CR0}: transactions are translated; while it is clear they pass unchanged. */
    public static final int CR0_SMMUEN = 1;

    /** Bit 1 of {@link #CR0}: the PRI queue is in use. */
    public static final int CR0_PRIQEN = 1 << 1;

    /** Bit 2 of {@link #CR0}: the event queue is in use. */
    public static final int CR0_EVENTQEN = 1 << 2;

    /** Bit 3 of {@link #CR0}: the command queue is in use. */
    public static final int CR0_CMDQEN = 1 << 3;

    /** Bits 3:1 of {@link #CR0}: all queues are in use. */
    public static final int CR0_QUEUES = CR0_PRIQEN | CR0_EVENTQEN | CR0_CMDQEN;

    /** {@link #CR1}: tables (bits 11:6) and queues (bits 5:0) are inner shareable and write-back. */
    public static final int CR1_WRITE_BACK = 0b11_01_01 << 6 | 0b11_01_01;

    /** Bit 0 of {@link #IRQ_CTRL}: interrupts of global errors. */
    public static final int IRQ_CTRL_GERROR = 1;

    /** Bit 1 of {@link #IRQ_CTRL}: interrupts of the PRI queue. */
    public static final int IRQ_CTRL_PRIQ = 1 << 1;

    /** Bit 2 of {@link #IRQ_CTRL}: interrupts of the event queue. */
    public static final int IRQ_CTRL_EVENTQ = 1 << 2;

    /**
     * IDR0: S2P, S1P, TTF AArch64, COHACC, HTTU access and dirty, ATS, ASID16, MSI, PRI, VMID16, CD2L, TTENDIAN little,
     * STALL_MODEL stall and terminate, TERM_MODEL, ST_LEVEL two.
     */
    public static final int IDR0_VALUE = 1
            | 1 << 1
            | 0b10 << 2
            | 1 << 4
            | 0b10 << 6
            | 1 << 10
            | 1 << 12
            | 1 << 13
            | 1 << 16
            | 1 << 18
            | 1 << 19
            | 0b10 << 21
            | 1 << 26
            | 0b01 << 27;

    /** IDR1: StreamIDs of 32 bits, SubstreamIDs of 20. */
    public static final int IDR1_VALUE = 32 | 20 << 6;

    /** IDR5: 48-bit output addresses, 4 KiB granule. */
    public static final int IDR5_VALUE = 0b101 | 1 << 4;

    /** Global errors that are active where they differ from {@link #GERRORN}. */
    public static final int GERROR = 0x60;

    /** Global errors that software has acknowledged. */
    public static final int GERRORN = 0x64;

    /** Command queue producer; writing it makes the SMMU look at the queue. */
    public static final int CMDQ_PROD = 0x98;

    /** Command queue consumer, with the error code of the command it points at in bits 30:24. */
    public static final int CMDQ_CONS = 0x9c;

    /** Event queue producer (page 1). */
    public static final int EVENTQ_PROD = 0x100a8;

    /** Event queue consumer (page 1). */
    public static final int EVENTQ_CONS = 0x100ac;

    /** PRI queue producer (page 1). */
    public static final int PRIQ_PROD = 0x100c8;

    /** PRI queue consumer (page 1). */
    public static final int PRIQ_CONS = 0x100cc;

    /** Size in bytes of the range that holds all of them. */
    public static final int BYTES = 0x100d0;

    /** Bit 0 of {@link #GERROR}: a command could not be processed, the command queue has stopped. */
    public static final int GERROR_CMDQ_ERR = 1;

    /** {@link #cmdqError}: none. */
    public static final int CERROR_NONE = 0;

    /** {@link #cmdqError}: the command is illegal. */
    public static final int CERROR_ILL = 1;

    /** {@link #cmdqError}: the command could not be read. */
    public static final int CERROR_ABT = 2;

    private static final int STRTAB_SPLIT = 6;
    private static final int STRTAB_FORMAT = 0b11 << 16;
    private static final int STRTAB_TWO_LEVEL = 0b01 << 16;
    private static final int CERROR = 24;
    private static final int CERROR_MASK = 0x7f;

    private Registers() {}

    /**
     * {@link #STRTAB_BASE_CFG} of a two-level stream table.
     *
     * @param log2 bits of a StreamID
     * @param split bits of a StreamID that index the second level: 6, 8 or 10
     */
    public static int strtab(int log2, int split) {
        return log2 | split << STRTAB_SPLIT | STRTAB_TWO_LEVEL;
    }

    /** LOG2SIZE of {@link #STRTAB_BASE_CFG}, bits 5:0. */
    public static int strtabLog2(int config) {
        return config & 0x3f;
    }

    /** SPLIT of {@link #STRTAB_BASE_CFG}, bits 10:6; reserved values behave as 6. */
    public static int strtabSplit(int config) {
        int split = config >>> STRTAB_SPLIT & 0x1f;
        return split == 8 || split == 10 ? split : 6;
    }

    /** Whether FMT of {@link #STRTAB_BASE_CFG}, bits 17:16, says two levels. */
    public static boolean strtabTwoLevel(int config) {
        return (config & STRTAB_FORMAT) == STRTAB_TWO_LEVEL;
    }

    /**
     * The value of a queue's base register: ADDR in bits 51:5, LOG2SIZE in bits 4:0.
     *
     * @param address a multiple of the queue's length in bytes, and of 32
     * @param log2 log2 of the number of records
     */
    public static long queueBase(long address, int log2) {
        return address | log2;
    }

    /** The error code in {@link #CMDQ_CONS}, bits 30:24. */
    public static int cmdqError(int cmdqCons) {
        return cmdqCons >>> CERROR & CERROR_MASK;
    }

    /** {@link #CMDQ_CONS} with that error code. */
    public static int withCmdqError(int cmdqCons, int error) {
        return (cmdqCons & ~(CERROR_MASK << CERROR)) | (error & CERROR_MASK) << CERROR;
    }
}
