// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.remap;

import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.smmuv3.internal.hardware.walk.Configuration;
import io.pgfault.smmuv3.internal.hardware.walk.Walker;

/**
 * What the transactions of a (StreamID, SubstreamID) are translated with: an entry of the configuration cache.
 * Immutable.
 *
 * @param substreamId a SubstreamID, or {@link Pasid#NONE}
 * @param configuration what the tables say
 * @param walker of the memory that holds the translation tables
 * @param object the first stage if it is an object, else {@code null}
 */
public record Configured(int streamId, int substreamId, Configuration configuration, Walker walker, PageTable object) {
    /** Tag of translations that no first stage made. */
    static final int NO_ASID = -1;

    /** Whether there is a translation; else the configuration has the event. */
    public boolean translates() {
        return configuration.translates();
    }

    /** The ASID that tags cached translations. */
    int asid() {
        return configuration.stage1() == null ? NO_ASID : configuration.stage1().asid();
    }
}
