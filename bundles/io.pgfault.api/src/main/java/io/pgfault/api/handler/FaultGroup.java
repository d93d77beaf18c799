// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.handler;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A closed page request group, from its last request to its one response (kernel: {@code struct iopf_group}).
 *
 * <p>Any thread may call any method. The accessors of single requests are valid until the group has a response. After
 * that they throw {@link IllegalStateException}, because the memory behind them may serve another group. A handler may
 * keep a reference longer: a stale reference never answers another group.
 *
 * <p>The object belongs to one offer. From the moment when the core takes the group back from a handler (declined, or
 * recalled and the grace time over), nothing that the handler does with its object has an effect (rule R08).
 */
@ProviderType
public interface FaultGroup {
    /** The device that sent the requests. */
    Device device();

    /**
     * The domain that was attached to the device and PASID when the group closed; if that domain is nested and the
     * requests failed at its second stage, the domain of the second stage (rule N02).
     */
    Domain domain();

    /**
     * Whether the requests failed at the second stage of a nested domain: {@link #domain} is the second stage, and
     * {@link #address} gives its addresses. A second stage has no PASIDs, so {@link #pasid} says only which requests of
     * the device failed.
     *
     * @since 1.1
     */
    default boolean secondStage() {
        return false;
    }

    /** The PASID of the group's requests, {@code Pasid.NONE} if they had none. */
    int pasid();

    /** The page request group index or stall tag. */
    int id();

    /** How many requests the group has, at least 1. */
    int size();

    /**
     * The address of request {@code i}, in bytes. Requests are in order of arrival, the last one at the end. It is the
     * address that the device used; for a fault of the {@link #secondStage}, the address that the first stage gave.
     *
     * @throws IndexOutOfBoundsException unless 0 &lt;= i &lt; {@link #size}
     * @throws IllegalStateException if the group has been answered
     */
    long address(int i);

    /** The permissions that request {@code i} asks for, bits of {@code Permissions}; throws as {@link #address}. */
    int permissions(int i);

    /** The flags of request {@code i}, bits of {@link PageRequest}; throws as {@link #address}. */
    int flags(int i);

    /** Request {@code i} as a value, for convenience: it allocates; throws as {@link #address}. */
    PageRequest request(int i);

    /**
     * Answers the group. The first response counts and goes to the driver. The core refuses and counts every later
     * response, and every response of a handler that lost the group (rules C09, R08). The call never waits for a
     * handler.
     *
     * @return true for the one response that counts
     */
    boolean respond(ResponseCode code);

    /**
     * Whether the handler can't answer the group any more: the group has a response (from the handler, the deadline, a
     * detach or a removal), or the core has taken the group back from the handler (rule R08). A handler that keeps
     * groups calls this method to forget such groups.
     */
    default boolean answered() {
        try {
            flags(0);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /**
     * Has {@code work} run on the fault queue's workers, for a handler that doesn't resolve in {@code handle}. If the
     * workers have no room, the core answers the group INVALID (rule C15). If {@code work} throws, the core answers the
     * group FAILURE (rule C08). After the core has taken the group back, {@code work} doesn't run (rule R08);
     * the core refuses and counts a call that comes after that.
     */
    void execute(Runnable work);
}
