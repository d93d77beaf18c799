// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.domain;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.core.internal.handler.HandlerChain;
import java.util.function.ToIntFunction;

/**
 * A domain attached to a (device, PASID). Identity is the object: attaching again makes another attachment. Any thread.
 */
public final class Attachment {
    private final Device device;
    private final int pasid;
    private final IopfDomain domain;
    private final HandlerChain handlers;
    private final ToIntFunction<Attachment> unanswered;

    /**
     * An attachment that no table has yet.
     *
     * @param unanswered counts the groups of an attachment that are not answered
     */
    public Attachment(Device device, int pasid, IopfDomain domain, ToIntFunction<Attachment> unanswered) {
        this.device = device;
        this.pasid = pasid;
        this.domain = domain;
        this.handlers = domain.handlers();
        this.unanswered = unanswered;
    }

    /** The device. */
    public Device device() {
        return device;
    }

    /** The PASID, {@code Pasid.NONE} for the device's own requests. */
    public int pasid() {
        return pasid;
    }

    /** The domain. */
    public IopfDomain domain() {
        return domain;
    }

    /** The handlers of the domain's kind. */
    public HandlerChain handlers() {
        return handlers;
    }

    /** For people: what holds the domain. */
    @Override
    public String toString() {
        int groups = unanswered.applyAsInt(this);
        return device
                + (pasid == Pasid.NONE ? " without PASID" : " PASID " + pasid)
                + (groups == 0 ? "" : ", " + groups + (groups == 1 ? " group" : " groups") + " not answered");
    }
}
