// SPDX-License-Identifier: Apache-2.0

/**
 * The records that a fault queue exchanges with user space, in the layout of the kernel's user API (IOMMUFD, {@code
 * struct iommu_hwpt_pgfault} and {@code struct iommu_hwpt_page_response}, Linux 6.11 and later). Pure functions on
 * buffers, little-endian, also in a buffer of another order; no state and no behaviour.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package io.pgfault.userfault.spec;
