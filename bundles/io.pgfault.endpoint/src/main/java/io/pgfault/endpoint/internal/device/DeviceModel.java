// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Upstream;

/**
 * A device that is connected to a unit. A caller's thread runs an access; the unit's threads deliver responses and
 * invalidations. {@link DeviceModels} makes one.
 */
public interface DeviceModel extends Endpoint, Downstream {
    /** The bound of unanswered requests of a device, unless configured. */
    int DEFAULT_OUTSTANDING = 32;

    /** The count of request numbers of a device: a PRG index has 9 bits (PCIe 6.0 §10.4.1). */
    int REQUEST_NUMBERS = 1 << 9;

    /** The connection by which the device sends its requests to the unit. */
    Upstream upstream();

    @Override
    default Device device() {
        return upstream().device();
    }

    /**
     * Accesses a page and passes the page's translation to {@code use}.
     *
     * @see Endpoint#access(int, long, int)
     */
    Access access(int pasid, long address, int permissions, PageUse use) throws InterruptedException;

    /**
     * The result of {@link #ask}.
     *
     * @param outcome DONE if every page is present
     * @param requests the count of page requests that the device sent
     */
    record Asked(Outcome outcome, int requests) {
        /** The device sent no request, because no page was missing or the device asks for no groups. */
        static final Asked NOTHING = new Asked(Outcome.DONE, 0);
    }

    /**
     * Asks for the missing pages of a range, all in one group, and waits for the response. A stalling master asks for
     * nothing here, because a transaction stalls for one page.
     *
     * @param pages the count of pages; the first page holds {@code address}
     */
    default Asked ask(int pasid, long address, int pages, int permissions) throws InterruptedException {
        return Asked.NOTHING;
    }

    /** Whether the unit translates a page now, without a page request. */
    boolean isThere(int pasid, long address, int permissions);

    /**
     * Copies from one page to another page if the device caches the translations of both pages. A device without a TLB
     * returns false, and its DMA channel copies through a buffer.
     *
     * @param length the count of bytes, which lie within one source page and one destination page
     * @return false if the device copied nothing
     */
    default boolean copy(int pasid, long source, long destination, int length, PhysicalMemory memory) {
        return false;
    }

    /** A model has no binding: {@link Pasid#NONE}. */
    @Override
    default int pasid() {
        return Pasid.NONE;
    }

    /** Leaves the unit. Every waiting access ends DISCONNECTED. Idempotent. */
    default void disconnect() {
        upstream().close();
    }
}
