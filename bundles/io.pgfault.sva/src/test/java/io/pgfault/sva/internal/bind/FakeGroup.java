// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** A closed group that remembers the answer that counted; its requests can't be read after that. */
final class FakeGroup implements FaultGroup {
    private final PageTable pageTable;
    private final List<PageRequest> requests;
    private final AtomicReference<ResponseCode> answer = new AtomicReference<>();

    private int executed;

    /** Whether the requests failed at the second stage of a nested domain. */
    private boolean secondStage;

    FakeGroup(PageTable pageTable, PageRequest... requests) {
        this.pageTable = pageTable;
        this.requests = List.of(requests);
    }

    /** The same group, whose requests failed at the second stage of a nested domain. */
    FakeGroup atSecondStage() {
        secondStage = true;
        return this;
    }

    /** The answer that counted, or null. */
    ResponseCode answer() {
        return answer.get();
    }

    @Override
    public Device device() {
        return new RecordingFaults().device("dev");
    }

    @Override
    public Domain domain() {
        return new RecordingFaults().allocateDomain("sva", "space", pageTable, false);
    }

    @Override
    public boolean secondStage() {
        return secondStage;
    }

    @Override
    public int pasid() {
        return request(0).pasid();
    }

    @Override
    public int id() {
        return request(0).groupId();
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

    @Override
    public boolean respond(ResponseCode code) {
        return answer.compareAndSet(null, code);
    }

    /** How often the handler asked for a worker. */
    int executed() {
        return executed;
    }

    /** Runs the work at once, as a worker would later. */
    @Override
    public void execute(Runnable work) {
        executed++;
        work.run();
    }
}
