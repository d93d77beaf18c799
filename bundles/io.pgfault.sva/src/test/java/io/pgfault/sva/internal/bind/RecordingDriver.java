// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A driver that records what the core tells it; a test runs actions within its calls. Any thread. */
final class RecordingDriver implements IommuDriver {
    /** An action of a test within a drain. */
    @FunctionalInterface
    interface Drain {
        void run() throws InterruptedException;
    }

    /** The calls, in order. */
    final List<String> events = Collections.synchronizedList(new ArrayList<>());

    /** What the hardware translates now: a device's name and a PASID. */
    final Set<String> attached = ConcurrentHashMap.newKeySet();

    /** Run by each thread that drains, written by the thread of the test. */
    volatile Drain whileDraining = () -> {};

    /** Run by each thread that invalidates, written by the thread of the test. */
    volatile Runnable whileInvalidating = () -> {};

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        events.add("attach " + device.name() + " " + pasid);
        attached.add(device.name() + " " + pasid);
    }

    @Override
    public void detach(Device device, int pasid) {
        events.add("detach " + device.name() + " " + pasid);
        attached.remove(device.name() + " " + pasid);
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        events.add("drain " + device.name() + " " + pasid);
        whileDraining.run();
    }

    @Override
    public void invalidate(Device device, int pasid, long first, long last) {
        whileInvalidating.run();
        events.add("invalidate %s %d %x-%x".formatted(device.name(), pasid, first, last));
    }

    @Override
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        throw new AssertionError("no device of these tests sends a request");
    }
}
