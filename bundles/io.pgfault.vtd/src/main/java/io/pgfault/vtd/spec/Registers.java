// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

/**
 * Registers of a remapping hardware unit that translation, faults, page requests and responses need: offsets in bytes
 * from the unit's register base, and bits (VT-d 4.1 §11.4). Queue heads and tails are byte offsets into their
 * ring; a ring is empty when they are equal, and full when advancing the tail would make it equal to the head.
 */
public final class Registers {
    /** Capabilities, 64 bits, read only. */
    public static final int CAP = 0x08;

    /** Extended capabilities, 64 bits, read only. */
    public static final int ECAP = 0x10;

    /** {@link #ECAP}: devices may send translation requests (DT). */
    public static final long ECAP_DT = 1L << 2;

    /** {@link #ECAP}: devices may send page requests (PRS). */
    public static final long ECAP_PRS = 1L << 29;

    /** {@link #ECAP}: requests may have a PASID (PASID). */
    public static final long ECAP_PASID = 1L << 40;

    /**
     * {@link #ECAP}: a scalable-mode context entry names the PASID of requests without one (RPS); else that is PASID 0.
     */
    public static final long ECAP_RPS = 1L << 49;

    /** Global command, 32 bits, write only; one bit changes at a time. */
    public static final int GCMD = 0x18;

    /** {@link #GCMD} and {@link #GSTS}: translation enable. */
    public static final int GCMD_TE = 1 << 31;

    /** {@link #GCMD}: set root table pointer; {@link #GSTS}: it is set. */
    public static final int GCMD_SRTP = 1 << 30;

    /** {@link #GCMD} and {@link #GSTS}: queued invalidation enable; the hardware fetches no descriptor without it. */
    public static final int GCMD_QIE = 1 << 26;

    /** Global status, 32 bits, read only. */
    public static final int GSTS = 0x1c;

    /** Root table address, 64 bits: address 63:12, translation table mode 11:10 (0 legacy, 1 scalable). */
    public static final int RTADDR = 0x20;

    /** {@link #RTADDR}: translation table mode scalable. */
    public static final long RTADDR_SCALABLE = 1L << 10;

    /** Fault status, 32 bits. */
    public static final int FSTS = 0x34;

    /** {@link #FSTS}: primary fault overflow: faults are lost until it is cleared. Write 1 to clear. */
    public static final int FSTS_PFO = 1 << 0;

    /** {@link #FSTS}: primary pending fault, read only: a fault recording register holds a record. */
    public static final int FSTS_PPF = 1 << 1;

    /** {@link #FSTS}: bits 15:8, the register with the first record since PPF was clear. */
    public static final int FSTS_FRI_SHIFT = 8;

    /** Fault event control, 32 bits, bits as {@link #PECTL}. */
    public static final int FECTL = 0x38;

    /** Fault event data, 32 bits. */
    public static final int FEDATA = 0x3c;

    /** Fault event address, 32 bits. */
    public static final int FEADDR = 0x40;

    /** Fault event upper address, 32 bits. */
    public static final int FEUADDR = 0x44;

    /** The first fault recording register of this model, 16 bytes each ({@link #CAP} bits 33:24 say so). */
    public static final int FRCD = 0x220;

    /** {@link #FSTS}: invalidation queue error; the queue has stopped at {@link #IQH}. Write 1 to clear and go on. */
    public static final int FSTS_IQE = 1 << 4;

    /** Invalidation queue head, 64 bits, read only: the descriptor that is fetched next. */
    public static final int IQH = 0x80;

    /** Invalidation queue tail, 64 bits: the doorbell. */
    public static final int IQT = 0x88;

    /** Invalidation queue address, 64 bits: base 63:12, descriptor width 11, size 2:0 as in {@link #ringBytes}. */
    public static final int IQA = 0x90;

    /** {@link #IQA}: descriptors are 256 bits wide; the only width with page group responses. */
    public static final long IQA_DW = 1L << 11;

    /** Page request queue head, 64 bits: the descriptor that software reads next. Written by software. */
    public static final int PQH = 0xc0;

    /** Page request queue tail, 64 bits: where the hardware writes next. */
    public static final int PQT = 0xc8;

    /** Page request queue address, 64 bits: base 63:12, size 2:0 as in {@link #ringBytes}. */
    public static final int PQA = 0xd0;

    /** Page request status, 32 bits. */
    public static final int PRS = 0xdc;

    /** {@link #PRS}: pending page request. Write 1 to clear. */
    public static final int PRS_PPR = 1 << 0;

    /** {@link #PRS}: page request overflow; requests are dropped until it is cleared. Write 1 to clear. */
    public static final int PRS_PRO = 1 << 1;

    /** Page request event control, 32 bits. */
    public static final int PECTL = 0xe0;

    /** {@link #PECTL}: interrupt mask; set by reset. */
    public static final int PECTL_IM = 1 << 31;

    /** {@link #PECTL}: interrupt pending, read only: an event waits for the mask to go. */
    public static final int PECTL_IP = 1 << 30;

    /** Page request event data, 32 bits. */
    public static final int PEDATA = 0xe4;

    /** Page request event address, 32 bits. */
    public static final int PEADDR = 0xe8;

    /** Page request event upper address, 32 bits. */
    public static final int PEUADDR = 0xec;

    /** The size field of {@link #PQA} and {@link #IQA}, bits 2:0. */
    public static final int SIZE_MAX = 7;

    /** The base field of {@link #PQA} and {@link #IQA}, bits 63:12. */
    public static final long BASE = -1L << 12;

    private static final int DESCRIPTOR_SIZE = 32;

    private Registers() {}

    /** {@link #CAP}: offset of the fault recording registers, in bytes. */
    public static int faultRecords(long cap) {
        return (int) (cap >>> 24 & 0x3ff) * 16;
    }

    /** {@link #CAP}: how many fault recording registers there are. */
    public static int faultRecordCount(long cap) {
        return (int) (cap >>> 40 & 0xff) + 1;
    }

    /** The number of 32-byte entries of a ring with that size field (0 to 7): 2^(size + 7), 128 to 16384. */
    public static int ringEntries(int size) {
        return 1 << ((size & SIZE_MAX) + 7);
    }

    /** The length in bytes of a ring with that size field (0 to 7). */
    public static int ringBytes(int size) {
        return ringEntries(size) * DESCRIPTOR_SIZE;
    }
}
