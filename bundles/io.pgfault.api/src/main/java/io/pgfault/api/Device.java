// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A device whose page requests the framework knows. The core implements it and keeps the device's one fault parameter
 * behind it: its lock domain, its partials, its pending groups (rule C02).
 *
 * <p>Identity is the object: a device that was removed and comes back is another one. All methods may be called on any
 * thread.
 */
@ProviderType
public interface Device {
    /** The device's name, unique among the devices of its unit; for people. */
    String name();

    /** The requester id (PCIe, 16 bits) or the StreamID (SMMUv3, 32 bits). */
    int id();

    /** The name of the unit that the device is behind. */
    String unit();

    /** What has happened to this device's requests so far. */
    Counters counters();
}
