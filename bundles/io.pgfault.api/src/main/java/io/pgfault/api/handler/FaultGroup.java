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
 * <p>All methods may be called on any thread. The accessors of single requests are valid until the group is answered;
 * after that they throw {@link IllegalStateException}, because the memory behind them may serve another group. Keeping a
 * reference longer is harmless: it can never answer somebody else's group.
 */
@ProviderType
public interface FaultGroup {
    /** The device that asks. */
    Device device();

    /** The domain whose handlers are asked: what was attached to the device and PASID when the group closed. */
    Domain domain();

    /** The PASID of the group's requests, {@code Pasid.NONE} if they had none. */
    int pasid();

    /** The page request group index or stall tag. */
    int id();

    /** How many requests the group has, at least 1. */
    int size();

    /**
     * The address of request {@code i}, in bytes; requests are in order of arrival, the last one at the end.
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
     * Answers the group. The first answer wins and is delivered to the driver; every later one is refused and counted
     * (rule C09). Never blocks on a handler.
     *
     * @return true for the one response that counted
     */
    boolean respond(ResponseCode code);

    /**
     * Whether the group has been answered, by whomever: its handler, the deadline, a detach. For a handler that keeps
     * groups, to forget those that it can't answer any more.
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
     * Runs {@code work} on the fault queue's workers, for a handler that doesn't want to resolve in {@code handle}. If
     * the workers have no room for it, the group is answered INVALID (rule C15). If {@code work} throws, the group is
     * answered FAILURE (rule C08).
     */
    void execute(Runnable work);
}
