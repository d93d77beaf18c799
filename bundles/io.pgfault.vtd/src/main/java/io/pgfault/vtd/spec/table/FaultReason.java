// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec.table;

/**
 * Why the unit blocked a request: the 8-bit codes of fault records (VT-d 4.1 §7.1.3). The comments have the
 * specification's labels. A <em>qualified</em> fault is not recorded if the entry has fault processing disabled.
 */
public final class FaultReason {
    /** No fault. */
    public static final int NONE = 0;

    // Legacy mode

    /** LRT.2: the root entry is not present. */
    public static final int ROOT_NOT_PRESENT = 0x1;

    /** LCT.2: the context entry is not present. */
    public static final int CONTEXT_NOT_PRESENT = 0x2;

    /** LCT.4: the context entry has a type or width that the unit lacks, or no memory for the page table. */
    public static final int CONTEXT_INVALID = 0x3;

    /** LGN.1: the address is beyond the width. */
    public static final int BEYOND_WIDTH = 0x4;

    /** LGN.2: no write permission. */
    public static final int WRITE = 0x5;

    /** LGN.3: no read permission. */
    public static final int READ = 0x6;

    /** LSL.1: no memory for a paging entry below the top. */
    public static final int PAGING_ACCESS = 0x7;

    /** LRT.1: no memory for the root entry. */
    public static final int ROOT_ACCESS = 0x8;

    /** LCT.1: no memory for the context entry. */
    public static final int CONTEXT_ACCESS = 0x9;

    /** LRT.3: a reserved bit in the root entry. */
    public static final int ROOT_RESERVED = 0xa;

    /** LCT.3: a reserved bit in the context entry. */
    public static final int CONTEXT_RESERVED = 0xb;

    /** LSL.2: a reserved bit in a paging entry. */
    public static final int PAGING_RESERVED = 0xc;

    /** LCT.5: the context entry blocks translation requests and translated requests. */
    public static final int TRANSLATION_BLOCKED = 0xd;

    /** LGN.4: the translated address is in the range of interrupts. */
    public static final int INTERRUPT_ADDRESS = 0xe;

    // Scalable mode

    /** RTA.1: the root table address register has a mode that the unit lacks. */
    public static final int ROOT_TABLE = 0x30;

    /** RTA.2: a request with PASID in legacy mode. */
    public static final int LEGACY_WITH_PASID = 0x31;

    /** RTA.3: a page request in legacy mode. */
    public static final int LEGACY_PAGE_REQUEST = 0x32;

    /** SRT.1: no memory for the root entry. */
    public static final int SM_ROOT_ACCESS = 0x38;

    /** SRT.2: the root entry is not present. */
    public static final int SM_ROOT_NOT_PRESENT = 0x39;

    /** SRT.3: a reserved bit in the root entry. */
    public static final int SM_ROOT_RESERVED = 0x3a;

    /** SCT.1: no memory for the context entry. */
    public static final int SM_CONTEXT_ACCESS = 0x40;

    /** SCT.2: the context entry is not present. */
    public static final int SM_CONTEXT_NOT_PRESENT = 0x41;

    /** SCT.3: a reserved bit in the context entry. */
    public static final int SM_CONTEXT_RESERVED = 0x42;

    /** SCT.5: the context entry allows no translation requests. */
    public static final int SM_NO_DEVICE_TLB = 0x44;

    /** SCT.6: the context entry allows no requests with PASID. */
    public static final int SM_NO_PASID = 0x45;

    /** SCT.7: the PASID is beyond the directory. */
    public static final int SM_PASID_BEYOND = 0x46;

    /** SCT.8: the context entry allows no page requests. */
    public static final int SM_NO_PAGE_REQUESTS = 0x47;

    /** SCT.9: the PASID of requests without one is beyond the directory. */
    public static final int SM_RID_PASID = 0x48;

    /** SPD.1: no memory for the PASID directory entry. */
    public static final int SM_DIRECTORY_ACCESS = 0x50;

    /** SPD.2: the PASID directory entry is not present. */
    public static final int SM_DIRECTORY_NOT_PRESENT = 0x51;

    /** SPD.3: a reserved bit in the PASID directory entry. */
    public static final int SM_DIRECTORY_RESERVED = 0x52;

    /** SPT.1: no memory for the PASID table entry. */
    public static final int SM_PASID_ACCESS = 0x58;

    /** SPT.2: the PASID table entry is not present. */
    public static final int SM_PASID_NOT_PRESENT = 0x59;

    /** SPT.3: a reserved bit in the PASID table entry. */
    public static final int SM_PASID_RESERVED = 0x5a;

    /** SPT.4: the PASID table entry has a type, width or mode that the unit lacks. */
    public static final int SM_PASID_INVALID = 0x5b;

    /** SPT.5: the PASID table entry allows no execute requests. */
    public static final int SM_NO_EXECUTE_REQUESTS = 0x5c;

    /** SPT.6: the PASID table entry allows no supervisor requests. */
    public static final int SM_NO_SUPERVISOR_REQUESTS = 0x5d;

    /** SFS.1: no memory for a first-stage entry below the top. */
    public static final int FS_ACCESS = 0x70;

    /** SFS.2: a first-stage entry is not present. */
    public static final int FS_NOT_PRESENT = 0x71;

    /** SFS.3: a reserved bit in a first-stage entry. */
    public static final int FS_RESERVED = 0x72;

    /** SFS.4: no memory for the top first-stage entry. */
    public static final int FS_TOP_ACCESS = 0x73;

    /** SFS.5: nested: the address of a first-stage table is beyond the second stage's width. */
    public static final int FS_BEYOND_WIDTH = 0x74;

    /** SFS.6: nested: the second stage grants no read of the top first-stage entry. */
    public static final int FS_TOP_READ = 0x75;

    /** SFS.7: nested: the second stage grants no read of a first-stage entry below the top. */
    public static final int FS_READ = 0x76;

    /** SFS.8: nested: the second stage grants no write to a first-stage entry that needs a bit set. */
    public static final int FS_WRITE = 0x77;

    /** SSS.1: no memory for a second-stage entry below the top. */
    public static final int SS_ACCESS = 0x78;

    /** SSS.2: a second-stage entry grants neither read nor write. */
    public static final int SS_NOT_PRESENT = 0x79;

    /** SSS.3: a reserved bit in a second-stage entry. */
    public static final int SS_RESERVED = 0x7a;

    /** SSS.4: no memory for the top second-stage entry. */
    public static final int SS_TOP_ACCESS = 0x7b;

    /** SGN.1: the address is not canonical. */
    public static final int NOT_CANONICAL = 0x80;

    /** SGN.2: a user request to a supervisor page. */
    public static final int USER = 0x81;

    /** SGN.3: no execute permission. */
    public static final int SM_EXECUTE = 0x82;

    /** SGN.4: the address of a request that passes through is beyond the host's width. */
    public static final int SM_BEYOND_HOST = 0x83;

    /** SGN.5: the address is beyond the second stage's width. */
    public static final int SM_BEYOND_WIDTH = 0x84;

    /** SGN.6: no write permission. */
    public static final int SM_WRITE = 0x85;

    /** SGN.7: no read permission. */
    public static final int SM_READ = 0x86;

    /** SGN.8: the translated address is in the range of interrupts. */
    public static final int SM_INTERRUPT_ADDRESS = 0x87;

    private FaultReason() {}

    /** Whether fault processing disable suppresses the record of a fault with this reason. */
    public static boolean isQualified(int reason) {
        return switch (reason) {
            case ROOT_NOT_PRESENT,
                    ROOT_ACCESS,
                    ROOT_RESERVED,
                    CONTEXT_ACCESS,
                    ROOT_TABLE,
                    LEGACY_WITH_PASID,
                    LEGACY_PAGE_REQUEST,
                    SM_ROOT_ACCESS,
                    SM_ROOT_NOT_PRESENT,
                    SM_ROOT_RESERVED,
                    SM_CONTEXT_ACCESS -> false;
            default -> true;
        };
    }

    /**
     * Whether a page request may mend a fault with this reason: the page is not present, or lacks a permission that the
     * owner may grant (VT-d 4.1 §7.4).
     */
    public static boolean isRecoverable(int reason) {
        return switch (reason) {
            case FS_NOT_PRESENT,
                    USER,
                    SM_EXECUTE,
                    SM_WRITE,
                    SM_READ,
                    SS_NOT_PRESENT,
                    FS_TOP_READ,
                    FS_READ,
                    FS_WRITE,
                    WRITE,
                    READ -> true;
            default -> false;
        };
    }

    /** What a reason means, in a few words. */
    public static String text(int reason) {
        return switch (reason) {
            case ROOT_NOT_PRESENT -> "the root entry is not present";
            case CONTEXT_NOT_PRESENT -> "the context entry is not present";
            case CONTEXT_INVALID ->
                "the context entry has a type or width that the unit lacks, or no memory for the page table";
            case BEYOND_WIDTH -> "the address is beyond the width";
            case WRITE -> "no write permission";
            case READ -> "no read permission";
            case PAGING_ACCESS -> "no memory for a paging entry below the top";
            case ROOT_ACCESS -> "no memory for the root entry";
            case CONTEXT_ACCESS -> "no memory for the context entry";
            case ROOT_RESERVED -> "a reserved bit in the root entry";
            case CONTEXT_RESERVED -> "a reserved bit in the context entry";
            case PAGING_RESERVED -> "a reserved bit in a paging entry";
            case TRANSLATION_BLOCKED -> "the context entry blocks translation requests and translated requests";
            case INTERRUPT_ADDRESS -> "the translated address is in the range of interrupts";
            case ROOT_TABLE -> "the root table address register has a mode that the unit lacks";
            case LEGACY_WITH_PASID -> "a request with PASID in legacy mode";
            case LEGACY_PAGE_REQUEST -> "a page request in legacy mode";
            case SM_ROOT_ACCESS -> "no memory for the root entry";
            case SM_ROOT_NOT_PRESENT -> "the root entry is not present";
            case SM_ROOT_RESERVED -> "a reserved bit in the root entry";
            case SM_CONTEXT_ACCESS -> "no memory for the context entry";
            case SM_CONTEXT_NOT_PRESENT -> "the context entry is not present";
            case SM_CONTEXT_RESERVED -> "a reserved bit in the context entry";
            case SM_NO_DEVICE_TLB -> "the context entry allows no translation requests";
            case SM_NO_PASID -> "the context entry allows no requests with PASID";
            case SM_PASID_BEYOND -> "the PASID is beyond the directory";
            case SM_NO_PAGE_REQUESTS -> "the context entry allows no page requests";
            case SM_RID_PASID -> "the PASID of requests without one is beyond the directory";
            case SM_DIRECTORY_ACCESS -> "no memory for the PASID directory entry";
            case SM_DIRECTORY_NOT_PRESENT -> "the PASID directory entry is not present";
            case SM_DIRECTORY_RESERVED -> "a reserved bit in the PASID directory entry";
            case SM_PASID_ACCESS -> "no memory for the PASID table entry";
            case SM_PASID_NOT_PRESENT -> "the PASID table entry is not present";
            case SM_PASID_RESERVED -> "a reserved bit in the PASID table entry";
            case SM_PASID_INVALID -> "the PASID table entry has a type, width or mode that the unit lacks";
            case SM_NO_EXECUTE_REQUESTS -> "the PASID table entry allows no execute requests";
            case SM_NO_SUPERVISOR_REQUESTS -> "the PASID table entry allows no supervisor requests";
            case FS_ACCESS -> "no memory for a first-stage entry below the top";
            case FS_NOT_PRESENT -> "a first-stage entry is not present";
            case FS_RESERVED -> "a reserved bit in a first-stage entry";
            case FS_TOP_ACCESS -> "no memory for the top first-stage entry";
            case FS_BEYOND_WIDTH -> "nested: the address of a first-stage table is beyond the second stage's width";
            case FS_TOP_READ -> "nested: the second stage grants no read of the top first-stage entry";
            case FS_READ -> "nested: the second stage grants no read of a first-stage entry below the top";
            case FS_WRITE -> "nested: the second stage grants no write to a first-stage entry that needs a bit set";
            case SS_ACCESS -> "no memory for a second-stage entry below the top";
            case SS_NOT_PRESENT -> "a second-stage entry grants neither read nor write";
            case SS_RESERVED -> "a reserved bit in a second-stage entry";
            case SS_TOP_ACCESS -> "no memory for the top second-stage entry";
            case NOT_CANONICAL -> "the address is not canonical";
            case USER -> "a user request to a supervisor page";
            case SM_EXECUTE -> "no execute permission";
            case SM_BEYOND_HOST -> "the address of a request that passes through is beyond the host's width";
            case SM_BEYOND_WIDTH -> "the address is beyond the second stage's width";
            case SM_WRITE -> "no write permission";
            case SM_READ -> "no read permission";
            case SM_INTERRUPT_ADDRESS -> "the translated address is in the range of interrupts";
            default -> "a reason that VT-d 4.1 §7.1.3 doesn't have";
        };
    }
}
