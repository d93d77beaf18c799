// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IommuDriver;

/** A kind of unit, and a kind of device that it serves; what the swap tests are run with. */
enum Vendor {
    VTD("io.pgfault.vtd", "dmar0", "io.pgfault.endpoint.pcie", 1),
    SMMUV3("io.pgfault.smmuv3", "smmu3.0", "io.pgfault.endpoint.stall", 2);

    private final String bundle;
    private final String name;
    private final String endpointPid;
    private final long number;

    Vendor(String bundle, String name, String endpointPid, long number) {
        this.bundle = bundle;
        this.name = name;
        this.endpointPid = endpointPid;
        this.number = number;
    }

    /** Symbolic name of the driver bundle. */
    String bundle() {
        return bundle;
    }

    /** The name of the one device behind it. */
    String device() {
        return "device of " + name;
    }

    /** The first address of a TiB of pages that no other vendor and no other use accesses; uses are 0 to 31. */
    long region(int use) {
        return ((number << 5) | use) << 40;
    }

    /** Configures the unit, and a device behind it that is bound to an address space. */
    void configure(Rig rig, String space) throws Exception {
        rig.configure(bundle + ".unit", name, "io.pgfault.unit.name", name);
        rig.configure(
                endpointPid,
                name,
                "io.pgfault.device.name",
                device(),
                "id",
                "0x10",
                "unit.target",
                "(io.pgfault.unit.name=" + name + ")",
                "space.target",
                "(io.pgfault.address.space.name=" + space + ")");
    }

    /** The unit as it is now; waits for it. */
    Unit unit(Rig rig) throws Exception {
        return rig.service(Unit.class, "(" + IommuDriver.UNIT_NAME + "=" + name + ")");
    }

    /** The device as it is now; waits for it. */
    Endpoint endpoint(Rig rig) throws Exception {
        return rig.service(Endpoint.class, "(" + Endpoint.DEVICE_NAME + "=" + device() + ")");
    }
}
