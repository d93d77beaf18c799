// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * A closed group that remembers the answer that counted and how often it was tried; its requests go with the answer.
 */
final class FakeGroup implements FaultGroup {
    static final int PASID = 7;

    private final PageTable pageTable;
    private final int id;
    private final List<PageRequest> requests;
    private final AtomicReference<ResponseCode> answer = new AtomicReference<>();
    private volatile Error thrown;
    private final AtomicInteger late = new AtomicInteger();

    private FakeGroup(PageTable pageTable, int id, List<PageRequest> requests) {
        this.pageTable = pageTable;
        this.id = id;
        this.requests = requests;
    }

    /** A group of consecutive pages that asks to read and write; page 0 starts at {@code address}. */
    static FakeGroup of(PageTable pageTable, int id, long address, int pages) {
        return new FakeGroup(
                pageTable,
                id,
                IntStream.range(0, pages)
                        .mapToObj(i -> new PageRequest(
                                PageRequest.PASID_VALID
                                        | PageRequest.RESPONSE_NEEDS_PASID
                                        | (i == pages - 1 ? PageRequest.LAST_PAGE : 0),
                                PASID,
                                id,
                                Permissions.READ | Permissions.WRITE,
                                address + 4096L * i))
                        .toList());
    }

    /** The answer that counted, or null. */
    ResponseCode answer() {
        return answer.get();
    }

    /** How many answers were refused. */
    int late() {
        return late.get();
    }

    @Override
    public Device device() {
        return new FakeDevice(0x10);
    }

    @Override
    public Domain domain() {
        return new FakeDomain(pageTable);
    }

    @Override
    public int pasid() {
        return PASID;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public int size() {
        return requests.size();
    }

    @Override
    public long address(int i) {
        return request(i).address();
    }

    @Override
    public int permissions(int i) {
        return request(i).permissions();
    }

    @Override
    public int flags(int i) {
        return request(i).flags();
    }

    @Override
    public PageRequest request(int i) {
        if (answer.get() != null) {
            throw new IllegalStateException("the group has been answered");
        }
        return requests.get(i);
    }

    /** From now on the unit throws when it is to respond. */
    void throwing(Error error) {
        thrown = error;
    }

    @Override
    public boolean respond(ResponseCode code) {
        if (thrown != null) {
            throw thrown;
        }
        boolean first = answer.compareAndSet(null, code);
        if (!first) {
            late.incrementAndGet();
        }
        return first;
    }

    @Override
    public void execute(Runnable work) {
        work.run();
    }

    private record FakeDevice(int id) implements Device {
        @Override
        public String name() {
            return "nic0";
        }

        @Override
        public String unit() {
            return "dmar0";
        }

        @Override
        public Counters counters() {
            throw new UnsupportedOperationException("nobody counts here");
        }
    }

    private record FakeDomain(PageTable pageTable) implements Domain {
        @Override
        public String kind() {
            return "user";
        }

        @Override
        public String name() {
            return "vm0";
        }

        @Override
        public boolean nested() {
            return false;
        }

        @Override
        public void free() {}
    }
}
