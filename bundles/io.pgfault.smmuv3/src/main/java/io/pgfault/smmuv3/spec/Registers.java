// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

/**
 * Offsets in bytes of the 32-bit registers that fault handling uses, from the base of page 0; page 1 starts at
 * 0x10000 (IHI 0070 F.b §6.2). {@link QueueRegisters} has the form of producer and consumer registers.
 *
 * <pre>
 * CMDQ_CONS (§6.3.28): 31 reserved | 30:24 ERR | 23:20 reserved | 19:0 RD
 * </pre>
 */
public final class Registers {
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

    private static final int CERROR = 24;
    private static final int CERROR_MASK = 0x7f;

    private Registers() {}

    /** The error code in {@link #CMDQ_CONS}, bits 30:24. */
    public static int cmdqError(int cmdqCons) {
        return cmdqCons >>> CERROR & CERROR_MASK;
    }

    /** {@link #CMDQ_CONS} with that error code. */
    public static int withCmdqError(int cmdqCons, int error) {
        return (cmdqCons & ~(CERROR_MASK << CERROR)) | (error & CERROR_MASK) << CERROR;
    }
}
