// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Downstream;

/**
 * A stream table entry with its substreams' context descriptors: whose transactions they are, and what they are translated
 * with (IHI 0070, chapter 5). Any thread; looking up allocates nothing.
 */
public final class Stream {
    private final int id;
    private final Downstream downstream;
    private final IdMap<Domain> substreams = new IdMap<>();
    private volatile Device device;
    private volatile boolean enabled = true;

    /** An entry without substreams. */
    public Stream(int id, Downstream downstream) {
        this.id = id;
        this.downstream = downstream;
    }

    /** The StreamID. */
    public int id() {
        return id;
    }

    /** Who gets what is sent to this stream. */
    public Downstream downstream() {
        return downstream;
    }

    /** The device as the framework knows it; null until it has been probed. */
    public Device device() {
        return device;
    }

    /** Set once, when the device has been probed. */
    public void device(Device probed) {
        device = probed;
    }

    /** Whether the stream's transactions are looked at; if not they are aborted and leave no record. */
    public boolean enabled() {
        return enabled;
    }

    void disable() {
        enabled = false;
    }

    /** Translates (this, pasid) by {@code domain}; returns what did so before, null if nothing. */
    public Domain attach(int pasid, Domain domain) {
        return substreams.put(pasid, domain);
    }

    /** Translates (this, pasid) by nothing; returns what did so before, null if nothing. */
    public Domain detach(int pasid) {
        return substreams.remove(pasid);
    }

    /**
     * What (this, pasid) is translated by, null if by nothing. A nested domain of the stream owns all substreams that have
     * none of their own (rule C06).
     */
    PageTable pageTable(int pasid) {
        Domain domain = substreams.get(pasid);
        if (domain == null && pasid != Pasid.NONE) {
            Domain own = substreams.get(Pasid.NONE);
            domain = own != null && own.nested() ? own : null;
        }
        return domain == null ? null : domain.pageTable();
    }
}
