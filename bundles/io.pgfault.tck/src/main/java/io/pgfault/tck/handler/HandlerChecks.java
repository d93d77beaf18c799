// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.tck.Check;
import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.core.CheckThreads;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** The checks of a handler. Each check opens a handler of its own. */
final class HandlerChecks {
    private static final int LARGE = 512;
    private static final int THREADS = 8;
    private static final int ROUNDS = 64;
    /** The last page of the address space: no area of a test lies near it. */
    private static final long TOP = -1L << Translation.PAGE_SHIFT;

    /** The code of a check, run on a bench of its own. */
    private interface Body {
        void run(HandlerBench bench) throws Exception;
    }

    private final HandlerUnderTest.Factory handlers;

    /** Makes the checks for handlers that {@code handlers} opens. */
    public HandlerChecks(HandlerUnderTest.Factory handlers) {
        this.handlers = handlers;
    }

    /** Returns all checks. */
    public List<Check> all() {
        return List.of(
                check(Rule.R02, "says which kinds of domain it serves", HandlerChecks::properties),
                check(Rule.C08, "takes a group of pages that it grants", HandlerChecks::takes),
                check(Rule.C08, "leaves another owner's domain alone, or answers", HandlerChecks::foreignDomain),
                check(Rule.C08, "does not throw, whatever a device asks for", HandlerChecks::oddRequests),
                check(Rule.C09, "answers once, and does not look back", HandlerChecks::answersOnce),
                check(Rule.C09, "answers each of many groups at a time", HandlerChecks::manyAtATime),
                check(Rule.C11, "answers the largest group before the deadline", HandlerChecks::largest),
                check(Rule.C12, "goes on when a group is answered under it", HandlerChecks::answeredUnderIt),
                check(Rule.S02, "answers SUCCESS only if the pages are there", HandlerChecks::honest),
                check(Rule.S03, "stops at the first request that fails", HandlerChecks::errorsStick),
                check(Rule.S05, "does not wait if it is inline", HandlerChecks::inlineDoesNotWait),
                check(Rule.R03, "finishes what another one left half done", HandlerChecks::halfDone),
                check(Rule.R03, "answers what it holds when it goes", HandlerChecks::goes),
                check(Rule.R07, "goes in time", HandlerChecks::stops),
                check(
                        Rule.R08,
                        "leaves no work behind in a group that it declines",
                        HandlerChecks::declinesWithoutWork),
                check(Rule.R08, "lets go of a group that is taken back", HandlerChecks::takenBack));
    }

    private Check check(Rule rule, String name, Body body) {
        return new Check(rule, name, () -> {
            try (HandlerBench bench = new HandlerBench(handlers)) {
                body.run(bench);
            }
        });
    }

    private static void properties(HandlerBench bench) {
        HandlerBench.kinds(bench.subject());
        Object inline = bench.subject().properties().get(FaultHandler.INLINE);
        if (inline != null && !(inline instanceof Boolean)) {
            throw new RuleBroken(Rule.R02, FaultHandler.INLINE + " is " + inline + "; it must be a Boolean");
        }
        Object ranking = bench.subject().properties().get("service.ranking");
        if (ranking != null && !(ranking instanceof Integer)) {
            throw new RuleBroken(
                    Rule.R02, "service.ranking is " + ranking + "; it must be an Integer, or it counts as 0");
        }
    }

    private static void takes(HandlerBench bench) throws Exception {
        bench.mustSucceed(bench.group(bench.page(0)));
        bench.mustSucceed(bench.group(bench.page(3), bench.page(2), bench.page(7)));
    }

    private static void foreignDomain(HandlerBench bench) throws Exception {
        OfferedGroup group = bench.group(
                bench.domain(address -> Translation.NONE), () -> {}, bench.reads(bench.page(0), bench.page(1)));
        if (bench.offer(group) == Disposition.DECLINED) {
            bench.mustStayUnanswered(group);
        } else if (group.answers().await(bench.subject().deadline().toNanos()) == null) {
            throw new RuleBroken(Rule.C11, "took a group of a domain it does not know and never answered: " + group);
        }
        group.verify();
    }

    private static void oddRequests(HandlerBench bench) throws Exception {
        for (long address : new long[] {0, TOP, Long.MIN_VALUE, Long.MAX_VALUE & TOP, bench.page(0) + 0x123}) {
            bench.resolve(bench.group(address));
        }
        for (int permissions = 0; permissions < 16; permissions++) {
            bench.resolve(one(bench, PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID, 5, permissions));
        }
        bench.resolve(one(bench, 0, Pasid.NONE, Permissions.READ));
        bench.resolve(one(bench, PageRequest.PASID_VALID, Pasid.MAX, Permissions.READ));
    }

    private static OfferedGroup one(HandlerBench bench, int flags, int pasid, int permissions) {
        PageRequest request =
                new PageRequest(flags | PageRequest.LAST_PAGE, pasid, 511, permissions, bench.page(1), 7, 8);
        return bench.group(bench.domain(), () -> {}, List.of(request));
    }

    private static void answersOnce(HandlerBench bench) throws Exception {
        OfferedGroup group = bench.group(bench.page(0), bench.page(1));
        bench.mustSucceed(group);
        group.answers().awaitCount(2, TimeUnit.MILLISECONDS.toNanos(50));
        group.verify();
    }

    private static void manyAtATime(HandlerBench bench) throws Exception {
        List<Future<?>> crew = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            int mine = thread;
            Callable<Void> work = () -> {
                for (int round = 0; round < ROUNDS; round++) {
                    // One page of this thread's own, and one page that every thread asks for.
                    bench.mustSucceed(
                            bench.group(bench.page(THREADS + mine * ROUNDS + round), bench.page(round % THREADS)));
                }
                return null;
            };
            crew.add(bench.workers().start(work));
        }
        for (Future<?> member : crew) {
            CheckThreads.join(member);
        }
    }

    private static void largest(HandlerBench bench) throws Exception {
        long[] pages = new long[LARGE];
        for (int i = 0; i < LARGE; i++) {
            pages[i] = bench.page(i);
        }
        bench.mustSucceed(bench.group(pages));
    }

    private static void answeredUnderIt(HandlerBench bench) throws Exception {
        // The group says that it was answered by an exception, and a handler may pass that on.
        withdrawn(bench, OfferedGroup::answeredByCore, Rule.C12, "a group was answered by the core");
    }

    /** Withdraws a group at each of the handler's first reads: the handler returns, and serves the next group. */
    private static void withdrawn(HandlerBench bench, Consumer<OfferedGroup> withdrawal, Rule rule, String event)
            throws Exception {
        for (int reads = 0; reads < 4; reads++) {
            int survived = reads;
            OfferedGroup[] self = new OfferedGroup[1];
            int[] count = new int[1];
            self[0] = bench.group(
                    bench.domain(),
                    () -> {
                        if (count[0]++ == survived) {
                            withdrawal.accept(self[0]);
                        }
                    },
                    bench.reads(bench.page(0), bench.page(1)));
            try {
                bench.offer(self[0]);
            } catch (RuleBroken e) {
                if (e.rule() != Rule.C08 || !(e.getCause() instanceof IllegalStateException)) {
                    throw new RuleBroken(rule, event + " while the handler worked on it; then " + e.getMessage(), e);
                }
            }
            self[0].verify();
        }
        bench.mustSucceed(bench.group(bench.page(2)));
    }

    private static void honest(HandlerBench bench) throws Exception {
        bench.mustSucceed(bench.group(bench.page(9), bench.page(4), bench.page(4)));
        OptionalLong refused = bench.subject().refused();
        if (refused.isPresent()) {
            mustFail(bench, Rule.S02, bench.group(refused.getAsLong()));
        }
    }

    private static void errorsStick(HandlerBench bench) throws Exception {
        OptionalLong refused = bench.subject().refused();
        if (refused.isPresent()) {
            long after = bench.page(HandlerUnderTest.PAGES - 1);
            boolean before = bench.isThere(after, Permissions.READ);
            mustFail(bench, Rule.S03, bench.group(bench.page(0), refused.getAsLong(), after));
            if (!before && bench.isThere(after, Permissions.READ)) {
                throw new RuleBroken(
                        Rule.S03,
                        "the group failed at 0x%x, and 0x%x after it was populated nevertheless"
                                .formatted(refused.getAsLong(), after));
            }
        }
    }

    private static void mustFail(HandlerBench bench, Rule rule, OfferedGroup group) throws Exception {
        if (bench.offer(group) == Disposition.TAKEN) {
            Answers.Answer answer =
                    group.answers().await(bench.subject().deadline().toNanos());
            group.verify();
            if (answer == null) {
                throw new RuleBroken(Rule.C11, "taken and never answered: " + group);
            }
            if (answer.code() == ResponseCode.SUCCESS) {
                throw new RuleBroken(
                        rule,
                        "answered SUCCESS, although 0x%x can't be granted"
                                .formatted(bench.subject().refused().getAsLong()));
            }
        }
    }

    private static void inlineDoesNotWait(HandlerBench bench) throws Exception {
        if (!Boolean.TRUE.equals(bench.subject().properties().get(FaultHandler.INLINE))) {
            return;
        }
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        Callable<Long> waits = () -> {
            // The first groups load classes.
            for (int i = 0; i < ROUNDS; i++) {
                bench.subject().handler().handle(bench.group(bench.page(i)));
            }
            long id = Thread.currentThread().getId();
            long before = threads.getThreadInfo(id).getWaitedCount();
            for (int i = 0; i < ROUNDS; i++) {
                bench.subject().handler().handle(bench.group(bench.page(ROUNDS + i)));
            }
            return threads.getThreadInfo(id).getWaitedCount() - before;
        };
        long waited;
        try {
            waited = CheckThreads.join(
                    bench.workers().start(waits), bench.subject().deadline());
        } catch (TimeoutException e) {
            throw new RuleBroken(
                    Rule.C11, "handle did not return in " + bench.subject().deadline(), e);
        }
        if (waited > 0) {
            throw new RuleBroken(
                    Rule.S05,
                    "registered as inline, and waited " + waited + " times in " + ROUNDS
                            + " groups: it would stop the unit's event thread");
        }
    }

    private static void halfDone(HandlerBench bench) throws Exception {
        bench.mustSucceed(bench.group(bench.page(0), bench.page(1)));
        OfferedGroup again = bench.group(bench.page(0), bench.page(1), bench.page(2));
        ResponseCode code = bench.resolve(again);
        if (code != ResponseCode.SUCCESS) {
            throw new RuleBroken(
                    Rule.R03,
                    "pages that another handler had populated before it left: " + (code == null ? "declined" : code));
        }
    }

    /** Closes the handler while groups of many threads are open, and waits for the close (rule R07). */
    private static void stops(HandlerBench bench) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            bench.offer(bench.group(bench.page(i)));
        }
        Callable<Void> stop = () -> {
            bench.subject().close();
            return null;
        };
        try {
            CheckThreads.join(bench.workers().start(stop), bench.subject().deadline());
        } catch (TimeoutException e) {
            throw new RuleBroken(
                    Rule.R07,
                    "the handler did not go in " + bench.subject().deadline().toMillis() + " ms",
                    e);
        }
    }

    /** Offers a group of another owner's domain: a handler that declines the group leaves no work in it (rule R08). */
    private static void declinesWithoutWork(HandlerBench bench) throws Exception {
        OfferedGroup group = bench.group(
                bench.domain(address -> Translation.NONE), () -> {}, bench.reads(bench.page(0), bench.page(1)));
        if (bench.offer(group) == Disposition.DECLINED) {
            group.takeBack();
            if (group.executed() > 0) {
                throw new RuleBroken(
                        Rule.R08,
                        "declined the group, and had given work to execute before: the core never runs that work");
            }
        }
        group.verify();
    }

    /** Takes a group back while the handler reads it: the handler returns, and serves the next group (rule R08). */
    private static void takenBack(HandlerBench bench) throws Exception {
        // A handler may pass on the exception with which the group says that it was taken back.
        withdrawn(bench, OfferedGroup::takeBack, Rule.R08, "a group was taken back");
    }

    private static void goes(HandlerBench bench) throws Exception {
        List<OfferedGroup> taken = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            OfferedGroup group = bench.group(bench.page(i));
            if (bench.offer(group) == Disposition.TAKEN) {
                taken.add(group);
            }
        }
        bench.subject().close();
        long end = System.nanoTime() + bench.subject().grace().toNanos();
        for (OfferedGroup group : taken) {
            if (group.answers().await(end - System.nanoTime()) == null) {
                throw new RuleBroken(
                        Rule.R03,
                        "not answered " + bench.subject().grace().toMillis()
                                + " ms after the handler went, so that the next handler has to do it again: " + group);
            }
            group.verify();
        }
    }
}
