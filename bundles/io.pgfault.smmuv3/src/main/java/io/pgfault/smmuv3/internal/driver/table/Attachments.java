// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Pasid;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What is attached to the PASIDs of one device. One thread at a time attaches and detaches; any thread asks. */
final class Attachments {
    /** By PASID. The attaching thread writes it; invalidating threads read it. */
    private final Map<Integer, Attached> byPasid = new ConcurrentHashMap<>();
    /** What is attached without PASID. The attaching thread writes it; any thread reads it. */
    private volatile Attached withoutPasid;

    /** What is attached to a PASID or to {@link Pasid#NONE}; {@code null} for nothing. */
    Attached at(int pasid) {
        return pasid == Pasid.NONE ? withoutPasid : byPasid.get(pasid);
    }

    /** Says what is attached from now on; {@code null} for nothing. */
    void put(int pasid, Attached attached) {
        if (pasid == Pasid.NONE) {
            withoutPasid = attached;
        } else if (attached == null) {
            byPasid.remove(pasid);
        } else {
            byPasid.put(pasid, attached);
        }
    }

    /** The domain that owns the PASID table, {@code null} if there is none (rule C06). */
    Attached owner() {
        Attached own = withoutPasid;
        return own != null && own.ownsPasidTable() ? own : null;
    }

    /** The PASIDs that have a domain of their own. */
    List<Integer> pasids() {
        return List.copyOf(byPasid.keySet());
    }
}
