// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A device whose page requests the framework knows. The core implements this interface; the implementation holds the
 * device's one fault parameter: lock domain, partials, pending groups (rule C02; kernel: {@code struct
 * iommu_fault_param}).
 *
 * <p>Identity is the object: a device that is released and probed again is another object. Any thread may call any
 * method.
 */
@ProviderType
public interface Device {
    /** The device's name, for people; unique among the devices of one unit. */
    String name();

    /**
     * The number by which the unit knows the device: the requester id (PCIe, 16 bits: bus 15:8, device 7:3, function
     * 2:0), the StreamID (SMMUv3, 32 bits), or the {@code dev_id} of the kernel's fault queue (IOMMUFD, 32 bits).
     */
    int id();

    /** The name of the unit that the device is behind. */
    String unit();

    /** Counts of this device's requests, groups and responses so far (rule C18). */
    Counters counters();
}
