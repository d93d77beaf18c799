// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What is attached to a (device, PASID). The domain's kind says which handlers get the faults; its page table
 * translates the device's accesses (kernel: {@code struct iommu_domain}). {@code IoPageFaults.allocateDomain} makes
 * domains.
 *
 * <p>Identity is the object. Any thread may call any method.
 */
@ProviderType
public interface Domain {
    /**
     * Service property, {@code String}: the name of a domain that is registered as a service, so that a device can
     * attach it.
     */
    String NAME = "io.pgfault.domain.name";

    /** The kind that handlers are chosen by: {@code "sva"}, {@code "user"}, or a third party's own word. */
    String kind();

    /** The domain's name, for people. */
    String name();

    /** What the unit walks for accesses in this domain. */
    PageTable pageTable();

    /**
     * Whether this domain owns the whole PASID table of a device. Such a domain gets the groups of every PASID of the
     * device that has no domain of its own (rule C06).
     */
    boolean nested();

    /**
     * Frees the domain. A freed domain can't be attached, and no domain can be nested on it.
     *
     * @throws IllegalStateException if the domain is attached anywhere, a group still refers to the domain, or a domain
     *     that has not been freed is nested on it; the message names the holders (rule C19)
     */
    void free();
}
