// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

/**
 * One recoverable I/O page fault, as a value (kernel: {@code struct iommu_fault_page_request}).
 *
 * <p>The path of a fault passes the same fields as primitives. This record is for code that may allocate.
 *
 * @param flags a combination of {@link #PASID_VALID}, {@link #LAST_PAGE} and {@link #RESPONSE_NEEDS_PASID}
 * @param pasid the process address space id, 0 to {@link Pasid#MAX}; meaningless unless {@link #PASID_VALID} is set
 * @param groupId the page request group index (9 bits on PCIe) or the stall tag (16 bits on SMMUv3)
 * @param permissions the access that faulted, bits of {@link Permissions}
 * @param address the faulting virtual address, in bytes; PRI carries bits 63:12 only
 * @param private0 private data of the request, low word, 0 when absent; goes back with the response
 * @param private1 private data of the request, high word, 0 when absent
 */
public record PageRequest(
        int flags, int pasid, int groupId, int permissions, long address, long private0, long private1) {

    /** The PASID field is valid. */
    public static final int PASID_VALID = 1 << 0;

    /** The last request of its group. A last request closes the group (rule C04). */
    public static final int LAST_PAGE = 1 << 1;

    /** The response must carry the PASID (rule C10), and the PASID is part of the group's key (rule C05). */
    public static final int RESPONSE_NEEDS_PASID = 1 << 2;

    /** Makes a request whose private data is 0. */
    public PageRequest(int flags, int pasid, int groupId, int permissions, long address) {
        this(flags, pasid, groupId, permissions, address, 0, 0);
    }

    /** Whether the PASID field is valid. */
    public boolean pasidValid() {
        return (flags & PASID_VALID) != 0;
    }

    /** Whether this request closes its group. */
    public boolean lastPage() {
        return (flags & LAST_PAGE) != 0;
    }

    /** Whether the response must carry the PASID. */
    public boolean responseNeedsPasid() {
        return (flags & RESPONSE_NEEDS_PASID) != 0;
    }

    @Override
    public String toString() {
        return "page request 0x%x %s%s group %d%s"
                .formatted(
                        address,
                        Permissions.toString(permissions),
                        pasidValid() ? " pasid " + pasid : "",
                        groupId,
                        lastPage() ? " last" : "");
    }
}
