// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import java.util.Locale;

/** What a record tells of. */
public enum RecordType {
    /** An event of an SMMUv3 (IHI 0070, 7.3). */
    SMMUV3_EVENT("SMMUv3 event"),
    /** A page request that an SMMUv3 got (IHI 0070, 8.1). */
    SMMUV3_PRI("SMMUv3 page request"),
    /** A global error of an SMMUv3 (IHI 0070, 7.5). */
    SMMUV3_GERROR("SMMUv3 global error"),
    /** A queue of a unit overflowed: records are lost. */
    QUEUE_OVERFLOW("queue overflow"),
    /** The fault status register of VT-d (VT-d specification, 11.4.7.1). */
    FAULT_STATUS("VT-d fault status"),
    /** A DMA fault of VT-d (VT-d specification, 7.1.3). */
    DMA_FAULT("VT-d DMA fault"),
    /** An interrupt remapping fault of VT-d (VT-d specification, 7.1.3). */
    INTR_REMAP_FAULT("VT-d interrupt remapping fault"),
    /** A page request that VT-d's driver refused. */
    INVALID_PAGE_REQUEST("VT-d invalid page request"),
    /** An error of VT-d's invalidation queue. */
    INVALIDATION_ERROR("VT-d invalidation error"),
    /** The descriptor that VT-d's invalidation queue stood at when it failed. */
    INVALIDATION_DESCRIPTOR("VT-d invalidation descriptor"),
    /** A page request of VT-d, as the kernel's tracing shows it. */
    PRQ_REPORT("VT-d page request"),
    /** A descriptor submitted to VT-d's invalidation queue, as the kernel's tracing shows it. */
    QI_SUBMIT("VT-d invalidation submitted"),
    /** An event of an AMD IOMMU (AMD I/O virtualization specification, 2.5). */
    AMD_EVENT("AMD-Vi event"),
    /** A peripheral page request that AMD's driver refused. */
    AMD_PPR("AMD-Vi page request"),
    /** A record of the fault queue of a RISC-V IOMMU (RISC-V IOMMU specification, 3.2). */
    RISCV_FAULT("RISC-V IOMMU fault"),
    /** A fault, as the tracing of the kernel's IOMMU core shows it. */
    IO_PAGE_FAULT("I/O page fault");

    private final String title;

    RecordType(String title) {
        this.title = title;
    }

    /** The type's name in JSON, such as {@code smmuv3_event}. */
    public String jsonName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The type in words. */
    public String title() {
        return title;
    }
}
