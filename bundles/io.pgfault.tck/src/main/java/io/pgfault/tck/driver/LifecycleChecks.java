// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import io.pgfault.tck.core.CheckThreads;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The checks of a driver for devices, units and domains that come and go, and for more requests than a ring holds. */
final class LifecycleChecks {
    private static final int READ = Permissions.READ;
    private static final int ID = 0x30;
    private static final int PASID = 3;
    private static final int HELD = 64;
    private static final int ROUNDS = 20;
    /** With all their indexes these PASIDs have more groups than the ring of any unit holds. */
    private static final int FLOOD_PASIDS = 40;

    private static final int INDEXES = 512;
    private static final int FLOOD_TRANSACTIONS = 2_000;
    /** After this time the check lets the handler answer: a unit may hold a device up until there is room. */
    private static final long FLOOD_SECONDS = 1;

    private final FaultKind faultKind;

    LifecycleChecks(FaultKind faultKind) {
        this.faultKind = faultKind;
    }

    /** Connects a device and has the handler hold {@value #HELD} groups of the device. */
    private KitDevice hold(DriverBench bench, int id) throws Exception {
        bench.handler().forget();
        bench.handler().does(group -> {});
        KitDevice device = bench.connect(faultKind, id);
        bench.attach(device, PASID, PageTable.EMPTY);
        for (int i = 0; i < HELD; i++) {
            device.ask(PASID, i, READ, i * 4096L);
        }
        if (!bench.handler().await(HELD)) {
            throw new RuleBroken(
                    Rule.C04, HELD + " groups asked, " + bench.handler().seen().size() + " reported");
        }
        return device;
    }

    void deviceGoes(DriverBench bench) throws Exception {
        KitDevice device = hold(bench, ID);
        device.upstream().close();
        device.upstream().close();
        mustHaveGone(device, Rule.C12);
        for (KitHandler.Seen seen : bench.handler().seen()) {
            if (seen.group().respond(ResponseCode.SUCCESS)) {
                throw new RuleBroken(Rule.C12, "the device is gone, and an answer of its group counted");
            }
        }
        if (bench.subject().unit().queue().devices().contains(device.upstream().device())) {
            throw new RuleBroken(Rule.C12, "the device is gone, and still in the unit's fault queue");
        }
        // The unit must drop what the device sends now.
        int before = bench.handler().seen().size();
        if (faultKind == FaultKind.PAGE_REQUESTS) {
            device.upstream().pageRequest(PASID, 1, READ, 0x1000, true);
        } else if (device.upstream().transact(1, PASID, READ, 0x1000) != Translation.NONE) {
            throw new RuleBroken(Rule.C12, "a transaction of a device that is gone was not aborted");
        }
        bench.handler().does(group -> group.respond(ResponseCode.SUCCESS));
        KitDevice next = bench.connect(faultKind, ID);
        bench.attach(next, PASID, PageTable.EMPTY);
        next.ask(PASID, 2, READ, 0x1000);
        next.awaitAnswers(Rule.C12);
        if (bench.handler().seen().size() != before + 1) {
            throw new RuleBroken(Rule.C12, "a request of a device that is gone was reported");
        }
    }

    private static void mustHaveGone(KitDevice device, Rule rule) {
        int answered = device.answers().size();
        if (answered != HELD) {
            throw new RuleBroken(rule, HELD + " groups were pending, " + answered + " of them were answered");
        }
        if (device.answers().stream().anyMatch(answer -> answer.code() == Downstream.SUCCESS)) {
            throw new RuleBroken(rule, "a group was answered SUCCESS, and no handler had resolved the group");
        }
        if (device.disconnections() != 1) {
            throw new RuleBroken(
                    rule, "the device was told " + device.disconnections() + " times that it is disconnected");
        }
    }

    void drains(DriverBench bench) throws Exception {
        KitDevice device = hold(bench, ID);
        Callable<Void> drain = () -> {
            bench.core().faults().drain(device.upstream().device(), PASID);
            return null;
        };
        Future<Void> drained = bench.workers().start(drain);
        try {
            drained.get(100, TimeUnit.MILLISECONDS);
            throw new RuleBroken(Rule.C13, "a drain returned while " + HELD + " groups were pending");
        } catch (TimeoutException expected) {
            // The drain waits, as rule C13 demands.
        } catch (ExecutionException e) {
            throw new RuleBroken(Rule.C13, "a drain failed: " + e.getCause(), e);
        }
        bench.handler().seen().forEach(seen -> seen.group().respond(ResponseCode.SUCCESS));
        CheckThreads.join(drained);
        bench.handler().does(group -> bench.workers().execute(() -> group.respond(ResponseCode.SUCCESS)));
        for (int round = 1; round <= ROUNDS; round++) {
            for (int i = 0; i < HELD; i++) {
                device.ask(PASID, i, READ, i * 4096L);
            }
            CheckThreads.join(bench.workers().start(drain));
            int missing = HELD * (round + 1) - device.answers().size();
            if (missing > 0) {
                throw new RuleBroken(
                        Rule.C13, "a drain returned, and " + missing + " requests that were sent before had no answer");
            }
        }
    }

    void unitGoesAndReturns(DriverBench bench) throws Exception {
        String name = bench.subject().unit().name();
        KitDevice device = hold(bench, ID);
        bench.unitGoes();
        mustHaveGone(device, Rule.R06);
        if (bench.core().faults().queues().stream().map(FaultQueue::name).anyMatch(name::equals)) {
            throw new RuleBroken(Rule.C01, "the unit went and left its fault queue behind");
        }
        bench.unitReturns();
        if (!bench.subject().unit().name().equals(name)) {
            throw new RuleBroken(
                    Rule.R06,
                    "the unit " + name + " returned as "
                            + bench.subject().unit().name());
        }
        bench.handler().does(group -> group.respond(ResponseCode.SUCCESS));
        KitDevice again = bench.connect(faultKind, ID);
        bench.attach(again, PASID, PageTable.EMPTY);
        again.ask(PASID, 1, READ, 0x1000);
        again.awaitAnswers(Rule.R06);
        if (again.code(PASID, 1) != Downstream.SUCCESS) {
            throw new RuleBroken(Rule.R06, "the unit returned, and its first fault was not answered SUCCESS");
        }
    }

    /** Stops the unit while a handler holds groups and doesn't answer (rule R07). */
    void stops(DriverBench bench) throws Exception {
        KitDevice device = hold(bench, ID);
        Callable<Void> stop = () -> {
            bench.unitGoes();
            return null;
        };
        try {
            CheckThreads.join(bench.workers().start(stop), bench.patience());
        } catch (TimeoutException e) {
            throw new RuleBroken(
                    Rule.R07,
                    "the unit did not stop in " + bench.patience().toMillis() + " ms while a handler held groups",
                    e);
        }
        mustHaveGone(device, Rule.R07);
        bench.unitReturns();
    }

    /** Closes a device and checks that the core has forgotten the device (rule C01). */
    void releases(DriverBench bench) {
        KitDevice device = bench.connect(faultKind, ID);
        Domain domain = bench.attach(device, PASID, PageTable.EMPTY);
        device.upstream().close();
        try {
            bench.core().faults().attach(device.upstream().device(), PASID, domain);
        } catch (IllegalStateException expected) {
            // The core refuses a device that has been released.
            domain.free();
            return;
        }
        bench.core().faults().detach(device.upstream().device(), PASID);
        throw new RuleBroken(
                Rule.C01, "the device was closed, and its driver never called release: the core still has the device");
    }

    void forgets(DriverBench bench) {
        KitDevice device = bench.connect(faultKind, ID);
        long page = 0x7000_0000_5000L;
        long mapped = Translation.of(0x1234_5000, READ);
        Domain domain = bench.attach(device, PASID, address -> address >> 12 == page >> 12 ? mapped : Translation.NONE);
        mustTranslate(device, page, mapped, "attached");
        device.remember();
        bench.core().faults().invalidate(domain, page, page + 0xfff);
        if (!device.forgot(PASID, page)) {
            throw new RuleBroken(Rule.S06, "invalidate returned, and the device had not been told");
        }
        device.remember();
        bench.core().faults().detach(device.upstream().device(), PASID);
        if (!device.forgot(PASID, page)) {
            throw new RuleBroken(Rule.S06, "detach returned, and the device had not been told to forget");
        }
        mustTranslate(device, page, Translation.NONE, "detached");
    }

    private void mustTranslate(KitDevice device, long address, long expected, String state) {
        long translation = faultKind == FaultKind.STALLS && expected != Translation.NONE
                ? device.upstream().transact(1, PASID, READ, address)
                : device.upstream().translate(PASID, address);
        if (translation != expected) {
            throw new RuleBroken(
                    Rule.S06,
                    "%s, and 0x%x translates to 0x%x where it should be 0x%x"
                            .formatted(state, address, translation, expected));
        }
    }

    void flood(DriverBench bench) throws Exception {
        Rule rule = faultKind == FaultKind.STALLS ? Rule.A05 : Rule.C14;
        KitDevice device = bench.connect(faultKind, ID);
        for (int pasid = 0; pasid <= FLOOD_PASIDS; pasid++) {
            bench.attach(device, pasid, PageTable.EMPTY);
        }
        if (faultKind == FaultKind.PAGE_REQUESTS) {
            device.ask(FLOOD_PASIDS, 1, READ, 0x1000, false);
        }
        CountDownLatch gate = new CountDownLatch(1);
        bench.handler().does(group -> {
            awaitUninterruptibly(gate);
            group.respond(ResponseCode.SUCCESS);
        });
        Callable<Void> sender = () -> {
            send(device);
            return null;
        };
        Future<Void> sent = bench.workers().start(sender);
        try {
            sent.get(FLOOD_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException held) {
            // The unit holds the device up until its ring has room.
        } catch (ExecutionException e) {
            throw new RuleBroken(rule, "sending failed: " + e.getCause(), e);
        } finally {
            gate.countDown();
        }
        CheckThreads.join(sent);
        device.awaitAnswers(rule);
        long reported = bench.handler().seen().size();
        long answered = device.answers().size();
        if (answered > reported && faultKind == FaultKind.STALLS) {
            throw new RuleBroken(
                    rule, (answered - reported) + " transactions were answered, and no handler had seen them");
        }
        if (faultKind == FaultKind.PAGE_REQUESTS) {
            afterwards(bench, device, answered > reported);
        }
    }

    private void send(KitDevice device) {
        if (faultKind == FaultKind.STALLS) {
            for (int i = 0; i < FLOOD_TRANSACTIONS; i++) {
                device.ask(PASID, i, READ, i * 4096L);
            }
            return;
        }
        for (int pasid = 0; pasid < FLOOD_PASIDS; pasid++) {
            for (int index = 0; index < INDEXES; index++) {
                device.ask(pasid, index, READ, index * 4096L);
            }
        }
    }

    /** Checks that a partial from before the flood is there if, and only if, no request was lost. */
    private void afterwards(DriverBench bench, KitDevice device, boolean lost) throws Exception {
        Counters counters = bench.subject().unit().queue().counters();
        FaultGroup group = null;
        for (int attempt = 0; attempt < 1000 && group == null; attempt++) {
            device.ask(FLOOD_PASIDS, 1, READ, 0x2000);
            device.awaitAnswers(Rule.C14);
            group = bench.handler().seen().stream()
                    .map(KitHandler.Seen::group)
                    .filter(seen -> seen.pasid() == FLOOD_PASIDS)
                    .findFirst()
                    .orElse(null);
        }
        if (group == null) {
            throw new RuleBroken(Rule.C14, "after the flood no request is reported any more");
        }
        if (lost && counters.get(Counter.OVERFLOWS) == 0) {
            throw new RuleBroken(Rule.C18, "requests were lost, and no overflow was counted");
        }
        if (lost && group.size() != 1) {
            throw new RuleBroken(
                    Rule.C14,
                    "requests were lost, and partials from before were kept: they may lack requests in between");
        }
        if (!lost && group.size() != 2) {
            throw new RuleBroken(Rule.C14, "nothing was lost, and a partial is missing");
        }
    }

    private static void awaitUninterruptibly(CountDownLatch gate) {
        boolean interrupted = false;
        while (true) {
            try {
                gate.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
