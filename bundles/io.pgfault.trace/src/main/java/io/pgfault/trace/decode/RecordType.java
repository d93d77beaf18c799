// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

/**
 * What a record tells of. The set is open: a grammar of another bundle has types of its own.
 *
 * @param jsonName the type's name in JSON, such as {@code smmuv3_event}: lower case letters, digits and underscores
 * @param title the type in words
 */
public record RecordType(String jsonName, String title) {
    /** An event of an SMMUv3 (IHI 0070 F.b §7.3). */
    public static final RecordType SMMUV3_EVENT = new RecordType("smmuv3_event", "SMMUv3 event");
    /** A page request that an SMMUv3 got (IHI 0070 F.b §8.1). */
    public static final RecordType SMMUV3_PRI = new RecordType("smmuv3_pri", "SMMUv3 page request");
    /** A global error of an SMMUv3 (IHI 0070 F.b §7.5). */
    public static final RecordType SMMUV3_GERROR = new RecordType("smmuv3_gerror", "SMMUv3 global error");
    /** A queue of a unit overflowed: records are lost. */
    public static final RecordType QUEUE_OVERFLOW = new RecordType("queue_overflow", "queue overflow");
    /** The fault status register of VT-d (VT-d 4.1 §11.4.7.1). */
    public static final RecordType FAULT_STATUS = new RecordType("fault_status", "VT-d fault status");
    /** A DMA fault of VT-d (VT-d 4.1 §7.1.3). */
    public static final RecordType DMA_FAULT = new RecordType("dma_fault", "VT-d DMA fault");
    /** An interrupt remapping fault of VT-d (VT-d 4.1 §7.1.3). */
    public static final RecordType INTR_REMAP_FAULT =
            new RecordType("intr_remap_fault", "VT-d interrupt remapping fault");
    /** A page request that VT-d's driver refused. */
    public static final RecordType INVALID_PAGE_REQUEST =
            new RecordType("invalid_page_request", "VT-d invalid page request");
    /** An error of VT-d's invalidation queue. */
    public static final RecordType INVALIDATION_ERROR = new RecordType("invalidation_error", "VT-d invalidation error");
    /** The descriptor that VT-d's invalidation queue stood at when the queue failed. */
    public static final RecordType INVALIDATION_DESCRIPTOR =
            new RecordType("invalidation_descriptor", "VT-d invalidation descriptor");
    /** A page request of VT-d, as the kernel's tracing shows it. */
    public static final RecordType PRQ_REPORT = new RecordType("prq_report", "VT-d page request");
    /** A descriptor submitted to VT-d's invalidation queue, as the kernel's tracing shows it. */
    public static final RecordType QI_SUBMIT = new RecordType("qi_submit", "VT-d invalidation submitted");
    /** An event of an AMD IOMMU (AMD I/O Virtualization 3.08 §2.5). */
    public static final RecordType AMD_EVENT = new RecordType("amd_event", "AMD-Vi event");
    /** An AMD IOMMU that didn't complete a command in time. */
    public static final RecordType AMD_COMPLETION_WAIT_TIMEOUT =
            new RecordType("amd_completion_wait_timeout", "AMD-Vi command time-out");
    /** A peripheral page request that AMD's driver refused. */
    public static final RecordType AMD_PPR = new RecordType("amd_ppr", "AMD-Vi page request");
    /** A record of the fault queue of a RISC-V IOMMU (RISC-V IOMMU 1.0 §3.2). */
    public static final RecordType RISCV_FAULT = new RecordType("riscv_fault", "RISC-V IOMMU fault");
    /** A fault, as the tracing of the kernel's IOMMU core shows it. */
    public static final RecordType IO_PAGE_FAULT = new RecordType("io_page_fault", "I/O page fault");

    /** Checks the name. */
    public RecordType {
        if (!jsonName.matches("[a-z][a-z0-9_]{2,63}")) {
            throw new IllegalArgumentException("a type's name is of lower case letters, digits and _: " + jsonName);
        }
    }
}
