// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** A closed group: its requests, and one answer (rule C09). Any thread. */
final class StrictGroup implements FaultGroup {
    /** Sends the answer of a group to the driver. */
    @FunctionalInterface
    interface Delivery {
        /** Sends one answer; called once for each group, by the thread that answers first. */
        void deliver(StrictGroup group, ResponseCode code);
    }

    private final Device device;
    private final Domain domain;
    private final List<PageRequest> requests;
    private final Delivery delivery;
    private final AtomicBoolean answered = new AtomicBoolean();

    /** Makes a group; {@code domain} is null for a group that no handler may see. */
    StrictGroup(Device device, Domain domain, List<PageRequest> requests, Delivery delivery) {
        this.device = device;
        this.domain = domain;
        this.requests = List.copyOf(requests);
        this.delivery = delivery;
    }

    PageRequest last() {
        return requests.get(requests.size() - 1);
    }

    @Override
    public boolean respond(ResponseCode code) {
        if (!answered.compareAndSet(false, true)) {
            return false;
        }
        delivery.deliver(this, code);
        return true;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public Domain domain() {
        return domain;
    }

    @Override
    public int pasid() {
        return last().pasidValid() ? last().pasid() : Pasid.NONE;
    }

    @Override
    public int id() {
        return last().groupId();
    }

    @Override
    public int size() {
        return requests.size();
    }

    @Override
    public long address(int i) {
        return requests.get(i).address();
    }

    @Override
    public int permissions(int i) {
        return requests.get(i).permissions();
    }

    @Override
    public int flags(int i) {
        return requests.get(i).flags();
    }

    @Override
    public PageRequest request(int i) {
        return requests.get(i);
    }

    @Override
    public void execute(Runnable work) {
        work.run();
    }

    @Override
    public String toString() {
        return device.name() + ": " + requests;
    }
}
