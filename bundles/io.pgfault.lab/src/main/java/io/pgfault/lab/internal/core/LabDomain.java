// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.core;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.sva.Sva;

/**
 * The domain of a trial.
 *
 * @param pageTable the address space
 * @param name of the address space
 */
public record LabDomain(PageTable pageTable, String name) implements Domain {
    @Override
    public String kind() {
        return Sva.DOMAIN_KIND;
    }

    @Override
    public boolean nested() {
        return false;
    }

    @Override
    public void free() {
        throw new IllegalStateException("domain " + name + " is attached to the device of the trial");
    }
}
