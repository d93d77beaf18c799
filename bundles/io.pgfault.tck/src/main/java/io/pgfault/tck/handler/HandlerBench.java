// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.core.CheckThreads;
import io.pgfault.tck.core.StrictDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** A handler, and threads that call the handler, for one check. One thread, the one of the check. */
final class HandlerBench implements AutoCloseable {
    private static final int PASID = 5;
    private static final int INDEXES = 512;

    private final HandlerUnderTest subject;
    private final Domain domain;
    private final CheckThreads workers = new CheckThreads();
    private final AtomicInteger groups = new AtomicInteger();

    HandlerBench(HandlerUnderTest.Factory handlers) throws Exception {
        subject = handlers.open();
        domain = new StrictDomain(kinds(subject).get(0), "domain of the kit", subject.pageTable(), false);
    }

    HandlerUnderTest subject() {
        return subject;
    }

    CheckThreads workers() {
        return workers;
    }

    Domain domain() {
        return domain;
    }

    /** Makes a domain of the handler's kind with another page table. */
    Domain domain(PageTable pageTable) {
        return new StrictDomain(domain.kind(), "domain of another owner", pageTable, false);
    }

    /** Returns the kinds that the service properties name (rule R02). */
    static List<String> kinds(HandlerUnderTest subject) {
        Object kinds = subject.properties().get(FaultHandler.DOMAIN_KIND);
        List<String> named = kinds instanceof String kind
                ? List.of(kind)
                : kinds instanceof String[] several ? List.of(several) : List.of();
        if (named.isEmpty() || named.stream().anyMatch(String::isBlank)) {
            throw new RuleBroken(
                    Rule.R02,
                    "the service property " + FaultHandler.DOMAIN_KIND + " is " + kinds
                            + "; it must be a String or a String[] with the kinds that the handler serves,"
                            + " or the core offers the handler nothing");
        }
        Set<String> served = subject.platformKinds();
        for (String kind : named) {
            if (!served.contains(kind)) {
                throw new RuleBroken(
                        Rule.R02,
                        FaultHandler.DOMAIN_KIND + " is " + kind + ": no handler kind " + kind
                                + " is served in this platform; its domains are of the kinds " + new TreeSet<>(served)
                                + ". Correct the kind, or name a kind of your own in platformKinds()");
            }
        }
        return named;
    }

    /** Returns the address of a page that the handler grants. */
    long page(int number) {
        if (number < 0 || number >= HandlerUnderTest.PAGES) {
            throw new IllegalArgumentException("page " + number);
        }
        return subject.granted() + (long) number * Translation.PAGE_SIZE;
    }

    /** Makes a group that reads these pages, with a PASID. */
    OfferedGroup group(long... addresses) {
        return group(domain, () -> {}, reads(addresses));
    }

    OfferedGroup group(Domain of, Runnable beforeRead, List<PageRequest> requests) {
        return new OfferedGroup(of, requests, workers, beforeRead);
    }

    /** Makes the requests of one group. */
    List<PageRequest> reads(long... addresses) {
        int id = Math.floorMod(groups.getAndIncrement(), INDEXES);
        List<PageRequest> requests = new ArrayList<>();
        for (int i = 0; i < addresses.length; i++) {
            int flags = PageRequest.PASID_VALID
                    | PageRequest.RESPONSE_NEEDS_PASID
                    | (i == addresses.length - 1 ? PageRequest.LAST_PAGE : 0);
            requests.add(new PageRequest(flags, PASID, id, Permissions.READ, addresses[i]));
        }
        return requests;
    }

    /** Offers a group; the handler must return before the deadline. */
    Disposition offer(OfferedGroup group) throws InterruptedException {
        return returned(group, workers.start(() -> subject.handler().handle(group)));
    }

    private Disposition returned(OfferedGroup group, Future<Disposition> call) throws InterruptedException {
        try {
            Disposition disposition = call.get(subject.deadline().toNanos(), TimeUnit.NANOSECONDS);
            if (disposition == null) {
                throw new RuleBroken(Rule.C08, "handle returned null for " + group);
            }
            return disposition;
        } catch (TimeoutException e) {
            call.cancel(true);
            throw new RuleBroken(
                    Rule.C11, "handle did not return in " + subject.deadline().toMillis() + " ms for " + group, e);
        } catch (ExecutionException e) {
            group.verify();
            throw new RuleBroken(
                    Rule.C08,
                    "handle threw " + e.getCause() + " for " + group + "; the core answers such a group FAILURE",
                    e.getCause());
        }
    }

    /** Offers a group and returns its answer, null after a decline; checks the rules C08, C09, C11 and S02. */
    ResponseCode resolve(OfferedGroup group) throws InterruptedException {
        if (offer(group) == Disposition.DECLINED) {
            mustStayUnanswered(group);
            return null;
        }
        return answer(group);
    }

    /** Checks that the handler takes a group of pages that it grants, and answers SUCCESS. */
    void mustSucceed(OfferedGroup group) throws InterruptedException {
        ResponseCode code = resolve(group);
        if (code == null) {
            throw new RuleBroken(Rule.C08, "the handler declined " + group + ", which its author says that it grants");
        }
        if (code != ResponseCode.SUCCESS) {
            throw new RuleBroken(
                    Rule.S02, "answered " + code + " to " + group + ", which its author says that the handler grants");
        }
    }

    /** Waits for the answer of a group that the handler took. */
    ResponseCode answer(OfferedGroup group) throws InterruptedException {
        Answers.Answer answer = group.answers().await(subject.deadline().toNanos());
        group.verify();
        if (answer == null) {
            throw new RuleBroken(
                    Rule.C11, "taken and not answered in " + subject.deadline().toMillis() + " ms: " + group);
        }
        if (answer.code() == ResponseCode.SUCCESS) {
            mustBeThere(group);
        }
        return answer.code();
    }

    /** Checks that the handler answers a group that it declined neither now nor a little later. */
    void mustStayUnanswered(OfferedGroup group) throws InterruptedException {
        Answers.Answer answer = group.answers().await(TimeUnit.MILLISECONDS.toNanos(50));
        if (answer != null) {
            throw new RuleBroken(Rule.C08, "declined, and answered " + answer.code() + " nevertheless: " + group);
        }
    }

    private void mustBeThere(OfferedGroup group) {
        for (PageRequest request : group.requests()) {
            if (!isThere(request.address(), request.permissions())) {
                throw new RuleBroken(
                        Rule.S02,
                        ("answered SUCCESS, but the page table does not grant %s at 0x%x:"
                                        + " the device would fault for ever")
                                .formatted(Permissions.toString(request.permissions()), request.address()));
            }
        }
    }

    boolean isThere(long address, int permissions) {
        return Translation.grants(subject.pageTable().walk(address), permissions);
    }

    @Override
    public void close() throws Exception {
        workers.close();
        subject.close();
    }
}
