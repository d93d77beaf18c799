// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;

/** A domain of the kit; who holds it is not looked after. */
public record KitDomain(String kind, String name, PageTable pageTable, boolean nested) implements Domain {
    @Override
    public void free() {}
}
