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
    /** What groups of second-stage faults close under (rule N02); {@code null} unless the domain is nested on one. */
    private final Attachment secondStage;
    /** The attachment that is in the device's table: this one, or for a second stage the one above. */
    private final Attachment attached;

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
        this.attached = this;
        this.secondStage = domain.secondStage() == null ? null : new Attachment(this);
    }

    private Attachment(Attachment above) {
        this.device = above.device;
        this.pasid = above.pasid;
        this.domain = above.domain.secondStage();
        this.handlers = domain.handlers();
        this.unanswered = above.unanswered;
        this.attached = above;
        this.secondStage = null;
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

    /** What groups of second-stage faults close under; {@code null} unless the domain is nested on another one. */
    public Attachment secondStage() {
        return secondStage;
    }

    /** Whether this is the second stage of an attachment. */
    public boolean isSecondStage() {
        return attached != this;
    }

    /** Whether groups are handled, or wait for a handler that was there, at one of the stages. */
    public boolean served() {
        return handlers.served() || (secondStage != null && secondStage.handlers.served());
    }

    /** Whether a group that closed under {@code other} belongs to this attachment, at one of its stages. */
    public boolean covers(Attachment other) {
        return other != null && other.attached == this;
    }

    /** The text for messages: what holds the domain. */
    @Override
    public String toString() {
        int groups = unanswered.applyAsInt(this);
        return device
                + (pasid == Pasid.NONE ? " without PASID" : " PASID " + pasid)
                + (groups == 0 ? "" : ", " + groups + (groups == 1 ? " group" : " groups") + " not answered");
    }
}
