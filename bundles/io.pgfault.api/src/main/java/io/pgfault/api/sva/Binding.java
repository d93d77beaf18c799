// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.sva;

import io.pgfault.api.Device;
import org.osgi.annotation.versioning.ProviderType;

/** A device bound to an address space (kernel: {@code struct iommu_sva}). Any thread. */
@ProviderType
public interface Binding extends AutoCloseable {
    /** The device. */
    Device device();

    /** The address space. */
    AddressSpace space();

    /** The PASID with which the device reaches it. */
    int pasid();

    /** Gives the reference back; the last one drains the PASID, then detaches and frees the domain. Idempotent. */
    @Override
    void close();
}
