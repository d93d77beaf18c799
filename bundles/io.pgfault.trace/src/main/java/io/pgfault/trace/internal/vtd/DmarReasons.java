// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.vtd;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** The fault reasons of VT-d (VT-d 4.1 §7.1.3) by the names that the kernel's log has for them. */
public final class DmarReasons {
    /** The name of a reason that has none. */
    static final String UNKNOWN = "Unknown";

    private static final Map<Integer, String> NAMES = new TreeMap<>();

    static {
        put(
                0x00,
                "Software",
                "Present bit in root entry is clear",
                "Present bit in context entry is clear",
                "Invalid context entry",
                "Access beyond MGAW",
                "PTE Write access is not set",
                "PTE Read access is not set",
                "Next page table ptr is invalid",
                "Root table address invalid",
                "Context table ptr is invalid",
                "non-zero reserved fields in RTP",
                "non-zero reserved fields in CTP",
                "non-zero reserved fields in PTE",
                "PCE for translation request specifies blocking");
        put(
                0x20,
                "Detected reserved fields in the decoded interrupt-remapped request",
                "Interrupt index exceeded the interrupt-remapping table size",
                "Present field in the IRTE entry is clear",
                "Error accessing interrupt-remapping table pointed by IRTA_REG",
                "Detected reserved fields in the IRTE entry",
                "Blocked a compatibility format interrupt request",
                "Blocked an interrupt request due to source-id verification failure");
        put(
                0x30,
                "SM: Invalid Root Table Address",
                "SM: TTM 0 for request with PASID",
                "SM: TTM 0 for page group request");
        put(
                0x38,
                "SM: Error attempting to access Root Entry",
                "SM: Present bit in Root Entry is clear",
                "SM: Non-zero reserved field set in Root Entry");
        put(
                0x40,
                "SM: Error attempting to access Context Entry",
                "SM: Present bit in Context Entry is clear",
                "SM: Non-zero reserved field set in the Context Entry",
                "SM: Invalid Context Entry",
                "SM: DTE field in Context Entry is clear",
                "SM: PASID Enable field in Context Entry is clear",
                "SM: PASID is larger than the max in Context Entry",
                "SM: PRE field in Context-Entry is clear",
                "SM: RID_PASID field error in Context-Entry");
        put(
                0x50,
                "SM: Error attempting to access the PASID Directory Entry",
                "SM: Present bit in Directory Entry is clear",
                "SM: Non-zero reserved field set in PASID Directory Entry");
        put(
                0x58,
                "SM: Error attempting to access PASID Table Entry",
                "SM: Present bit in PASID Table Entry is clear",
                "SM: Non-zero reserved field set in PASID Table Entry",
                "SM: Invalid Scalable-Mode PASID Table Entry",
                "SM: ERE field is clear in PASID Table Entry",
                "SM: SRE field is clear in PASID Table Entry");
        put(
                0x70,
                "SM: Error attempting to access first-level paging entry",
                "SM: Present bit in first-level paging entry is clear",
                "SM: Non-zero reserved field set in first-level paging entry",
                "SM: Error attempting to access FL-PML4 entry",
                "SM: First-level entry address beyond MGAW in Nested translation",
                "SM: Read permission error in FL-PML4 entry in Nested translation",
                "SM: Read permission error in first-level paging entry in Nested translation",
                "SM: Write permission error in first-level paging entry in Nested translation",
                "SM: Error attempting to access second-level paging entry",
                "SM: Read/Write permission error in second-level paging entry",
                "SM: Non-zero reserved field set in second-level paging entry",
                "SM: Invalid second-level page table pointer",
                "SM: A/D bit update needed in second-level entry when set up in no snoop");
        put(
                0x80,
                "SM: Address in first-level translation is not canonical",
                "SM: U/S set 0 for first-level translation with user privilege",
                "SM: No execute permission for request with PASID and ER=1",
                "SM: Address beyond the DMA hardware max",
                "SM: Second-level entry address beyond the max",
                "SM: No write permission for Write/AtomicOp request",
                "SM: No read permission for Read/AtomicOp request",
                "SM: Invalid address-interrupt address");
        put(0x90, "SM: A/D bit update needed in first-level entry when set up in no snoop");
    }

    private DmarReasons() {}

    private static void put(int first, String... names) {
        for (int i = 0; i < names.length; i++) {
            NAMES.put(first + i, names[i]);
        }
    }

    /** The names of all reasons, by code. */
    public static Map<Integer, String> all() {
        return Collections.unmodifiableMap(NAMES);
    }

    static String name(int code) {
        return NAMES.getOrDefault(code, UNKNOWN);
    }

    /** Whether the reason is one of interrupt remapping. */
    static boolean ofInterrupts(int code) {
        return code >= 0x20 && code <= 0x2f;
    }
}
