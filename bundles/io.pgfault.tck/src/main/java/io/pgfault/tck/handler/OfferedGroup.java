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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A closed group as the core offers it, for a test that calls a handler itself. The group records what the handler does
 * with it, and remembers the first rule that the handler broke; {@link #verify} throws that rule. Any thread.
 *
 * <pre>{@code
 * OfferedGroup group = OfferedGroup.of(domain, request);
 * handler.handle(group);
 * assertThat(group.answer()).isEqualTo(ResponseCode.SUCCESS);
 * group.verify();
 * }</pre>
 */
public final class OfferedGroup implements FaultGroup {
    private static final KitDeviceName DEVICE = new KitDeviceName("device of the kit", 0x10, "unit of the kit");

    private final Domain domain;
    private final List<PageRequest> requests;
    private final Executor workers;
    private final Runnable beforeRead;
    private final Answers answers = new Answers();
    private final AtomicReference<RuleBroken> broken = new AtomicReference<>();

    /** Written by the thread of the check; from then on the group is another handler's (rule R08). */
    private volatile boolean takenBack;

    /** Written by the thread of the test before it offers the group. */
    private volatile boolean secondStage;

    /** Written by the thread of the test; run by each thread that answers. */
    private volatile Runnable beforeAnswer = () -> {};

    /** How many pieces of work the handler has given to {@link #execute}. */
    private final AtomicInteger executed = new AtomicInteger();

    /**
     * Makes a group of these requests.
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

    /** Makes a group of these requests; the thread that calls {@link #execute} runs the work. */
    public static OfferedGroup of(Domain domain, PageRequest... requests) {
        return new OfferedGroup(domain, List.of(requests), Runnable::run, () -> {});
    }

    /** Has the requests fail at the second stage of a nested domain; returns this group. */
    public OfferedGroup atSecondStage() {
        secondStage = true;
        return this;
    }

    /** Has each thread that answers run an action first, which may throw as a driver does; returns this group. */
    public OfferedGroup beforeAnswer(Runnable action) {
        beforeAnswer = action;
        return this;
    }

    /** Returns the answer that counts, null if there is none yet. */
    public ResponseCode answer() {
        List<ResponseCode> given = given();
        return given.isEmpty() ? null : given.get(0);
    }

    /** Returns every answer that was tried, in order; the first one counts. */
    public List<ResponseCode> given() {
        return answers.all().stream().map(Answers.Answer::code).toList();
    }

    /** Returns the answers to the group. */
    Answers answers() {
        return answers;
    }

    /** Returns the requests without recording a read. */
    List<PageRequest> requests() {
        return requests;
    }

    /** Takes the group back from its handler, as the core does after a decline or a recall (rule R08). */
    void takeBack() {
        takenBack = true;
    }

    /** Returns how many pieces of work the handler has given to {@link #execute}. */
    public int executed() {
        return executed.get();
    }

    /** Answers the group as the core does at a deadline. */
    public void answeredByCore() {
        answers.give(ResponseCode.INVALID, false);
    }

    /** Throws the first rule that the handler broke with this group. */
    public void verify() {
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
    public boolean secondStage() {
        return secondStage;
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
        if (takenBack) {
            throw new IllegalStateException("the group has been taken back from this handler");
        }
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
        if (takenBack) {
            return false;
        }
        List<Answers.Answer> before = answers.all();
        if (before.stream().anyMatch(Answers.Answer::byHandler)) {
            complain(
                    Rule.C09,
                    "the handler answers " + code + " to a group that it has answered "
                            + before.get(before.size() - 1).code(),
                    null);
        }
        beforeAnswer.run();
        return answers.give(code, true);
    }

    @Override
    public void execute(Runnable work) {
        executed.incrementAndGet();
        workers.execute(() -> {
            if (takenBack) {
                return;
            }
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

    /** A device with a name and an id, and without a unit. */
    private record KitDeviceName(String name, int id, String unit) implements Device {
        private static final Counters NOTHING = new Counts();

        @Override
        public Counters counters() {
            return NOTHING;
        }
    }
}
