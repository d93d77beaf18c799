// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.core.Counts;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/** A closed group as the core would offer it, which remembers what its handler does with it. Any thread. */
final class OfferedGroup implements FaultGroup {
    private static final KitDeviceName DEVICE = new KitDeviceName("device of the kit", 0x10, "unit of the kit");

    private final Domain domain;
    private final List<PageRequest> requests;
    private final Executor workers;
    private final Runnable beforeRead;
    private final Answers answers = new Answers();
    private final AtomicReference<RuleBroken> broken = new AtomicReference<>();

    /**
     * A group of these requests.
     *
     * @param workers where {@link #execute} runs work
     * @param beforeRead runs before a request is read
     */
    OfferedGroup(Domain domain, List<PageRequest> requests, Executor workers, Runnable beforeRead) {
        this.domain = domain;
        this.requests = List.copyOf(requests);
        this.workers = workers;
        this.beforeRead = beforeRead;
    }

    /** What it was answered. */
    Answers answers() {
        return answers;
    }

    /** The requests, for the kit. */
    List<PageRequest> requests() {
        return requests;
    }

    /** The core answers it, as at a deadline. */
    void answeredByCore() {
        answers.give(ResponseCode.INVALID, false);
    }

    /** Fails with the first thing that the handler did and may not do. */
    void verify() {
        RuleBroken first = broken.get();
        if (first != null) {
            throw first;
        }
    }

    private void complain(Rule rule, String how, Throwable cause) {
        broken.compareAndSet(null, new RuleBroken(rule, how, cause));
    }

    @Override
    public Device device() {
        return DEVICE;
    }

    @Override
    public Domain domain() {
        return domain;
    }

    @Override
    public int pasid() {
        return requests.get(0).pasid();
    }

    @Override
    public int id() {
        return requests.get(0).groupId();
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
        PageRequest request = requests.get(i);
        beforeRead.run();
        List<Answers.Answer> given = answers.all();
        if (!given.isEmpty()) {
            if (given.get(0).byHandler()) {
                complain(Rule.C09, "the handler reads request " + i + " of a group that it has answered", null);
            }
            throw new IllegalStateException("the group has been answered");
        }
        return request;
    }

    @Override
    public boolean respond(ResponseCode code) {
        if (code == null) {
            complain(Rule.C09, "the handler answers with null", null);
            throw new NullPointerException("a group is answered with a code");
        }
        List<Answers.Answer> before = answers.all();
        if (before.stream().anyMatch(Answers.Answer::byHandler)) {
            complain(
                    Rule.C09,
                    "the handler answers " + code + " to a group that it has answered "
                            + before.get(before.size() - 1).code(),
                    null);
        }
        return answers.give(code, true);
    }

    @Override
    public void execute(Runnable work) {
        workers.execute(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                if (answers.all().isEmpty()) {
                    complain(Rule.C08, "the handler's work throws " + e + "; the core answers FAILURE", e);
                    answers.give(ResponseCode.FAILURE, false);
                }
            }
        });
    }

    @Override
    public String toString() {
        return requests.size() + " requests, the last one " + requests.get(requests.size() - 1);
    }

    /** A device that is a name. */
    private record KitDeviceName(String name, int id, String unit) implements Device {
        private static final Counters NOTHING = new Counts();

        @Override
        public Counters counters() {
            return NOTHING;
        }
    }
}
