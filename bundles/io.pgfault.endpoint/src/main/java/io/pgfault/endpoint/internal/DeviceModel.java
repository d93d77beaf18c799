// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;

/** A device connected to a unit: people ask it for accesses, the unit sends it responses. */
sealed interface DeviceModel extends Endpoint, Downstream permits PcieFunction, StallingMaster {
    /** How many requests a device has out at a time unless configured. */
    int DEFAULT_OUTSTANDING = 32;

    /** How many numbers a device has for its requests: PRG indexes have 9 bits. */
    int REQUEST_NUMBERS = 1 << 9;

    /** The way to the unit. */
    Upstream upstream();

    @Override
    default Device device() {
        return upstream().device();
    }

    /**
     * An access that does something with its page.
     *
     * @see Endpoint#access(int, long, int)
     */
    Access access(int pasid, long address, int permissions, PageUse use) throws InterruptedException;

    /** What came of asking for several pages: whether they are there, and how many page requests it took. */
    record Asked(Outcome outcome, int requests) {
        /** Nothing had to be asked for. */
        static final Asked NOTHING = new Asked(Outcome.DONE, 0);
    }

    /**
     * Asks for the pages of a range that are missing, all in one group, and waits for the answer. A device that can't do
     * that asks for nothing: its accesses find their pages one by one.
     *
     * @param pages how many pages, the first being the page of {@code address}
     */
    default Asked ask(int pasid, long address, int pages, int permissions) throws InterruptedException {
        return Asked.NOTHING;
    }

    /** Whether a page can be accessed now, without asking for it. */
    boolean isThere(int pasid, long address, int permissions);

    /**
     * Copies from one page to another if the device has both at hand. A device that never has goes through its buffer.
     *
     * @param length how many bytes; they lie within one page of each
     * @return false if nothing was done
     */
    default boolean copy(int pasid, long source, long destination, int length, PhysicalMemory memory) {
        return false;
    }

    /** A model has no binding of its own. */
    @Override
    default int pasid() {
        return Pasid.NONE;
    }

    /** Leaves the unit; waiting accesses end DISCONNECTED. Idempotent. */
    default void disconnect() {
        upstream().close();
    }

    /**
     * A connected device of either kind.
     *
     * @param stalls whether its transactions stall; else it is a PCIe function
     * @param tlbEntries of a PCIe function's device TLB, a power of two
     * @param outstanding how many groups or transactions may be out at a time, 1 to {@value #REQUEST_NUMBERS}
     * @throws IllegalStateException if the id is taken or the unit is going
     * @throws IllegalArgumentException if the id doesn't fit the unit, or a number is out of range
     */
    static DeviceModel of(Unit unit, String name, int id, boolean stalls, int tlbEntries, int outstanding) {
        return stalls
                ? new StallingMaster(unit, name, id, outstanding)
                : new PcieFunction(unit, name, id, tlbEntries, outstanding);
    }

    /**
     * Connects a device.
     *
     * @throws IllegalStateException if the id is taken or the unit is going
     * @throws IllegalArgumentException if the id doesn't fit the unit
     */
    static Upstream connect(Unit unit, String name, int id, Downstream downstream) {
        String what =
                "device " + name + " can't connect to unit " + unit.name() + " as " + DeviceId.toString(id) + ": ";
        try {
            return unit.connect(name, id, downstream);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(what + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(what + e.getMessage(), e);
        }
    }
}
