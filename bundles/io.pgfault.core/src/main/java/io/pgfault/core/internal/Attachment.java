// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Pasid;

/** A domain attached to a (device, PASID). Identity is the object: attaching again is another attachment. */
final class Attachment {
    private final FaultParam param;
    private final int pasid;
    private final IopfDomain domain;
    private final HandlerChain handlers;

    Attachment(FaultParam param, int pasid, IopfDomain domain) {
        this.param = param;
        this.pasid = pasid;
        this.domain = domain;
        this.handlers = domain.handlers();
    }

    FaultParam param() {
        return param;
    }

    int pasid() {
        return pasid;
    }

    IopfDomain domain() {
        return domain;
    }

    /** The domain's handlers. */
    HandlerChain handlers() {
        return handlers;
    }

    /** For people: who holds the domain. */
    @Override
    public String toString() {
        int groups = param.pending().list(group -> group.attachment() == this).size();
        return param
                + (pasid == Pasid.NONE ? " without PASID" : " PASID " + pasid)
                + (groups == 0 ? "" : ", " + groups + (groups == 1 ? " group" : " groups") + " not answered");
    }
}
