// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.core.internal.handler.BoundHandler;

/** What the second handler of a group, or a later handler, sees of the group for one offer (rule R08). */
final class LaterOffer implements FaultGroup {
    private final IopfGroup group;
    private final BoundHandler handler;
    /** Whether the core has taken the group back. Written by the thread that took it, read by the handler's threads. */
    private volatile boolean lost;

    LaterOffer(IopfGroup group, BoundHandler handler) {
        this.group = group;
        this.handler = handler;
    }

    BoundHandler handler() {
        return handler;
    }

    boolean isLost() {
        return lost;
    }

    void lose() {
        lost = true;
    }

    @Override
    public boolean respond(ResponseCode code) {
        return group.respond(this, code);
    }

    @Override
    public boolean answered() {
        return group.isOver(this);
    }

    @Override
    public void execute(Runnable work) {
        group.execute(this, work);
    }

    @Override
    public Device device() {
        return group.device();
    }

    @Override
    public Domain domain() {
        return group.domain();
    }

    @Override
    public boolean secondStage() {
        return group.secondStage();
    }

    @Override
    public int pasid() {
        return group.pasid();
    }

    @Override
    public int id() {
        return group.id();
    }

    @Override
    public int size() {
        return group.size();
    }

    @Override
    public long address(int i) {
        return group.address(i);
    }

    @Override
    public int permissions(int i) {
        return group.permissions(i);
    }

    @Override
    public int flags(int i) {
        return group.flags(i);
    }

    @Override
    public PageRequest request(int i) {
        return group.request(i);
    }

    @Override
    public String toString() {
        return group.toString();
    }
}
