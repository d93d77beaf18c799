// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.sva;

import io.pgfault.api.Device;
import org.osgi.annotation.versioning.ProviderType;

/** A device that is bound to an address space (kernel: {@code struct iommu_sva}). Any thread may call any method. */
@ProviderType
public interface Binding extends AutoCloseable {
    /** The device. */
    Device device();

    /** The address space. */
    AddressSpace space();

    /** The PASID by which the device reaches the address space. */
    int pasid();

    /**
     * Drops the reference. The last reference drains the PASID, then detaches and frees the domain (rule S01).
     * Idempotent.
     */
    @Override
    void close();
}
