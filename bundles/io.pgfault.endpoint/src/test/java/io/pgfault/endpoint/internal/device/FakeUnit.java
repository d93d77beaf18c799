// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.FaultQueue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A unit for one device: a page table that the test writes, and requests that the test answers, in {@link Host}'s
 * methods or later, on any thread.
 */
public class FakeUnit implements Unit, Upstream {
    /** A page request or a stalled transaction, as the unit saw it. */
    public record Request(int pasid, int number, int permissions, long address, boolean last) {}

    /** What the host does about requests; runs on the accessing thread, before the device's call returns. */
    public interface Host {
        /** Answers nothing. */
        Host SILENT = (unit, request) -> {};

        void request(FakeUnit unit, Request request);
    }

    private record Page(int pasid, long number) {}

    public final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Map<Page, Long> table = new ConcurrentHashMap<>();
    private final Device device = new NamedDevice("dev0", 0x10);
    public volatile Host host = Host.SILENT;
    public volatile Runnable afterWalk = () -> {};
    public volatile Downstream downstream;

    public void map(int pasid, long address, int permissions) {
        table.put(page(pasid, address), Translation.of(address, permissions));
    }

    public void unmap(int pasid, long address) {
        table.remove(page(pasid, address));
    }

    private static Page page(int pasid, long address) {
        return new Page(pasid, address >>> Translation.PAGE_SHIFT);
    }

    @Override
    public long translate(int pasid, long address) {
        long translation = table.getOrDefault(page(pasid, address), Translation.NONE);
        afterWalk.run();
        return translation;
    }

    @Override
    public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
        seen(new Request(pasid, prgIndex, permissions, address, last));
    }

    @Override
    public long transact(int transaction, int pasid, int permissions, long address) {
        long translation = translate(pasid, address);
        if (Translation.grants(translation, permissions)) {
            return translation;
        }
        seen(new Request(pasid, transaction, permissions, address, true));
        return STALLED;
    }

    private void seen(Request request) {
        requests.add(request);
        host.request(this, request);
    }

    @Override
    public Upstream connect(String name, int id, Downstream to) {
        if (downstream != null) {
            throw new IllegalStateException("id 0x%x is taken".formatted(id));
        }
        downstream = to;
        return this;
    }

    @Override
    public void close() {
        downstream.disconnected();
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public String name() {
        return "fake0";
    }

    @Override
    public String kind() {
        return "fake";
    }

    @Override
    public FaultQueue queue() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<RecordRing> ring(String format) {
        return Optional.empty();
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void drain() {}

    private record NamedDevice(String name, int id) implements Device {
        @Override
        public String unit() {
            return "fake0";
        }

        @Override
        public Counters counters() {
            throw new UnsupportedOperationException();
        }
    }
}
