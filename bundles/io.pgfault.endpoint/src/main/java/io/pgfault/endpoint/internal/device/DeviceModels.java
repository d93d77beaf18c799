// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import io.pgfault.api.bus.Unit;

/** Makes a device model of either kind. Any thread. */
public final class DeviceModels {
    private DeviceModels() {}

    /**
     * Connects a device.
     *
     * @param stalls true: a {@link StallingMaster}; false: a {@link PcieFunction}
     * @param tlbEntries the entries of a PCIe function's device TLB, a power of two
     * @param outstanding the bound of unanswered groups or transactions, 1 to {@value DeviceModel#REQUEST_NUMBERS}
     * @throws IllegalStateException if another device has the id, or the unit is stopping
     * @throws IllegalArgumentException if the id doesn't fit the unit, or a number is out of range
     */
    public static DeviceModel connect(Unit unit, String name, int id, boolean stalls, int tlbEntries, int outstanding) {
        return stalls
                ? new StallingMaster(unit, name, id, outstanding)
                : new PcieFunction(unit, name, id, tlbEntries, outstanding);
    }
}
