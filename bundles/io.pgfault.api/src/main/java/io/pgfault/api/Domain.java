// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What is attached to a (device, PASID): it names who handles its faults and what the device's accesses are translated
 * with. Allocated by the core ({@code IoPageFaults.allocateDomain}).
 *
 * <p>Identity is the object. All methods may be called on any thread.
 */
@ProviderType
public interface Domain {
    /** Service property, {@code String}, of domains that are services, for others to attach: the name. */
    String NAME = "io.pgfault.domain.name";

    /** The kind that handlers are chosen by: {@code "sva"}, {@code "user"}, or a third party's own word. */
    String kind();

    /** The domain's name, for people. */
    String name();

    /** What the unit walks for accesses in this domain. */
    PageTable pageTable();

    /**
     * Whether this domain owns its device's whole PASID table: it then gets the groups of every PASID of that device
     * that has no domain of its own (rule C06).
     */
    boolean nested();

    /**
     * Frees the domain; from then on it can't be attached.
     *
     * @throws IllegalStateException if it is attached anywhere or a group still refers to it; the message names the
     *     holders (rule C19)
     */
    void free();
}
