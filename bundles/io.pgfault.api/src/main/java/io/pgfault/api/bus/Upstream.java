// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import io.pgfault.api.Device;
import io.pgfault.api.nest.FirstStage;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The way of a connected device to its unit. The unit implements this interface, and the device model calls it. Any
 * thread may call any method; calls of one device may overlap.
 */
@ConsumerType
public interface Upstream extends AutoCloseable {
    /** Result of {@link #transact}: the transaction is stalled; the unit resumes or terminates it later. */
    long STALLED = 1L << 4;

    /** The device as the framework knows it. */
    Device device();

    /**
     * A PCIe ATS translation request for the page that holds {@code address}.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @return a {@code Translation} with what the page table grants now, also if the device needs more; {@code
     *     Translation.NONE} if nothing is mapped
     */
    long translate(int pasid, long address);

    /**
     * A PCIe page request message. If {@code last}, exactly one {@link Downstream#pageGroupResponse} for the group
     * follows, possibly before this returns and on the same thread (rule V02), unless the device is disconnected first.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @param prgIndex the page request group index, 9 bits
     * @param permissions bits of {@code Permissions}; none at all with {@code last} and a PASID is a stop marker
     */
    void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last);

    /**
     * An untranslated transaction of a device whose transactions may stall (SMMUv3). On a unit that doesn't stall, the
     * transaction translates or is aborted.
     *
     * @param transaction the device's own number of the transaction, which {@link Downstream#resume} names; no other
     *     stalled transaction of this device has it
     * @return a {@code Translation} that grants {@code permissions}, {@link #STALLED}, or {@code Translation.NONE} if
     *     the transaction was aborted
     */
    long transact(int transaction, int pasid, int permissions, long address);

    /**
     * The first stage that the unit's tables name for requests of this device, for a device that is assigned to a
     * guest: its host nests that first stage (rule N01). A unit whose architecture gives the whole stream one first
     * stage answers for {@code Pasid.NONE} only (SMMUv3); a unit with a first stage for each PASID answers for each
     * (VT-d). When software changes the tables, the unit sends an invalidation of all pages or {@link
     * Downstream#tablesChanged}, and the device asks again.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @return the first stage, with addresses of this unit's memory; empty if the tables name none, or this unit has
     *     none in memory
     * @since 1.1
     */
    default Optional<FirstStage> firstStage(int pasid) {
        return Optional.empty();
    }

    /** Disconnects the device: the driver removes it (rules C12, A09). Idempotent. */
    @Override
    void close();
}
