// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

/** What QEMU's SMMUv3 does in another way, with the paragraph that says how it should be. */
enum SmmuLimit {
    /** CLASS of faults of stage 1 is 0. */
    NO_CLASS("QEMU leaves CLASS of an event of stage 1 clear, IN is 0b10 (IHI 0070 F.b §7.3.13 to §7.3.16)"),

    /** FetchAddr of F_CD_FETCH stands in word 2. */
    FETCH_ADDRESS("QEMU writes FetchAddr of F_CD_FETCH to word 2 instead of word 3 (§7.3.10)"),

    /** The access flag isn't looked at. */
    NO_ACCESS_FLAG("QEMU takes a clear access flag for a set one (§7.3.15, DDI 0487 J.a D8.4.5)"),

    /** Output addresses may have 48 bits. */
    ADDRESS_SIZE("QEMU doesn't compare output addresses with CD.IPS (§3.4.3, §7.3.14)"),

    /** AP[2] alone is looked at; the entry's overrides are ignored. */
    READ_ONLY_ALONE("QEMU looks at AP[2] for writes alone, and ignores STE.PRIVCFG and INSTCFG (§5.2, D8.4.1)"),

    /** APTable faults before the leaf is known. */
    AT_THE_TABLE("QEMU refuses a write at the table descriptor, before a fault of a lower level (§7.3.22, D8.4.1)"),

    /** Blocks at level 0. */
    LARGE_BLOCK("QEMU takes a reserved descriptor of level 0 for a block (DDI 0487 J.a D8.3.1)"),

    /** TTB1 serves low addresses. */
    LOW_TTB1("QEMU takes an address for TTB1's if its upper bits are 0, not 1 (§3.4.1, D8.2)"),

    /** Addresses of more than 48 bits don't reach the unit. */
    HIGH_ADDRESS("a device's request of 2^48 and above doesn't reach QEMU's unit (§3.4.1)"),

    /** S1ContextPtr has 48 bits. */
    CONTEXT_POINTER(
            "QEMU ignores bits 55:48 of S1ContextPtr, ours takes an address that is too large for ILLEGAL (§5.2.2)"),

    /** A TTB has no bit 51. */
    TABLE_BASE("QEMU ignores bit 51 of a TTB, an address that is too large is ILLEGAL (§5.4.2)"),

    /** 2^Span entries. */
    SPAN("QEMU takes L1STD for 2^Span entries, unaligned, and says C_BAD_STE beyond (§5.1, §7.3.3)");

    private final String text;

    SmmuLimit(String text) {
        this.text = text;
    }

    /** Whether the limit changes which memory a request meets, not the record alone. */
    boolean isOfTables() {
        return this != NO_CLASS && this != FETCH_ADDRESS && this != HIGH_ADDRESS && this != AT_THE_TABLE;
    }

    @Override
    public String toString() {
        return text;
    }
}
