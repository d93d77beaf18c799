// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.parts.PasidSet;
import io.pgfault.parts.UnitLogger;
import java.lang.System.Logger.Level;
import java.util.function.IntConsumer;

/** What unit and device have cached of the tables of one device: has both forget. Any thread. */
final class DeviceCaches {
    private final UnitTables unit;
    private final String device;
    private final DeviceTlb deviceTlb;
    private final PasidSet asked;
    private final Attachments attachments;

    /**
     * The caches of a device.
     *
     * @param device the device's name, for messages
     * @param asked the PASIDs that the device has used
     */
    DeviceCaches(UnitTables unit, String device, DeviceTlb deviceTlb, PasidSet asked, Attachments attachments) {
        this.unit = unit;
        this.device = device;
        this.deviceTlb = deviceTlb;
        this.asked = asked;
        this.attachments = attachments;
    }

    // The unit

    /** Waits until the unit has executed the submitted commands; false if a device holds them up. */
    boolean forgotten() {
        return unit.invalidations().await();
    }

    /**
     * As {@link #forgotten}; logs that a device holds the commands up.
     *
     * @param what what can't be done with the device, for the message
     */
    boolean forgotten(String what) {
        boolean forgotten = forgotten();
        if (!forgotten) {
            log(what);
        }
        return forgotten;
    }

    /** Logs that a device holds the command queue up. */
    void log(String what) {
        UnitLogger.of(unit.unit()).log(Level.ERROR, heldUp(what).getMessage());
    }

    /** Says that a device holds the command queue up. */
    IllegalStateException heldUp(String what) {
        return new IllegalStateException(
                "%s: device %s can't be %s in time, because a device holds up the command queue; look for a device whose"
                                .formatted(unit.unit(), device, what)
                        + " callback doesn't return");
    }

    // The device

    /** As {@code Downstream.tablesChanged}; the unit has forgotten. */
    void tablesChanged(int pasid) {
        deviceTlb.tablesChanged(pasid);
    }

    /** Has the device forget a PASID. */
    void deviceForgets(int pasid) {
        deviceTlb.invalidate(pasid);
    }

    /**
     * Has the device forget what it can have cached before a change: of the domain before, or of the owner of the PASID
     * table.
     *
     * @param before what was attached, {@code null} for nothing
     */
    void deviceForgets(int pasid, Attached before) {
        if (before != null || (attachments.owner() != null && asked.contains(pasid))) {
            deviceTlb.invalidate(pasid);
        }
        if (before != null && before.ownsPasidTable()) {
            forEachServed(deviceTlb::invalidate);
        }
    }

    /**
     * Has the device forget a range of a PASID, and of every PASID that the domain serves.
     *
     * @param attached what is attached, {@code null} for nothing
     */
    void deviceForgets(int pasid, Attached attached, long first, long last) {
        deviceTlb.invalidate(pasid, first, last);
        if (attached != null && attached.ownsPasidTable()) {
            forEachServed(other -> deviceTlb.invalidate(other, first, last));
        }
    }

    /** The PASIDs that the device has used and that have no domain of their own. */
    private void forEachServed(IntConsumer action) {
        asked.forEach(other -> {
            if (attachments.at(other) == null) {
                action.accept(other);
            }
        });
    }
}
