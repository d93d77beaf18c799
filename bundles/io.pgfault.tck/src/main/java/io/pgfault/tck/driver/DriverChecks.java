// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.tck.Check;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import io.pgfault.tck.core.CheckThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

/** The checks of a driver for one kind of fault. Each check opens a unit of its own. */
final class DriverChecks {
    private static final int READ = Permissions.READ;
    private static final int WRITE = Permissions.WRITE;
    private static final int ID = 0x20;
    private static final int MANY = 256;

    /** The code of a check, run on a bench of its own. */
    interface Body {
        void run(DriverBench bench) throws Exception;
    }

    private final FaultKind faultKind;
    private final DriverBench.Factory benches;

    /** Makes the checks for one kind of fault. */
    public DriverChecks(FaultKind faultKind, DriverBench.Factory benches) {
        this.faultKind = faultKind;
        this.benches = benches;
    }

    /** Returns all checks. */
    public List<Check> all() {
        boolean stalls = faultKind == FaultKind.STALLS;
        List<Check> checks = new ArrayList<>(List.of(
                check(Rule.C02, "adds a device and says whether it can respond to it", this::added),
                check(Rule.C04, "reports what the device asked for", this::reported),
                check(stalls ? Rule.A04 : Rule.C07, "answers INVALID where no domain is attached", this::noDomain),
                check(Rule.C09, "says to the device what the handler answered", this::codes),
                check(Rule.C09, "answers once when many threads answer at a time", this::manyThreads),
                check(Rule.C09, "answers one group while another waits", this::nobodyWaits),
                check(Rule.C10, "answers with the PASID of the request, or without", this::pasids)));
        if (!stalls) {
            checks.add(check(Rule.C05, "tells groups of two PASIDs apart", this::twoPasids));
            checks.add(check(Rule.C18, "counts requests; counts stop markers and answers none", this::counted));
            checks.add(check(Rule.V05, "poisons the group of a request that it refuses", RefusalChecks::refused));
            checks.add(check(Rule.S06, "forgets what a nested domain granted a PASID", CacheChecks::ownerDetached));
            checks.add(
                    check(Rule.C06, "lets a PASID's own domain go before a nested one", CacheChecks::pasidTakenOver));
            checks.add(check(Rule.S06, "forgets a nested domain that is replaced", CacheChecks::ownerReplaced));
            checks.add(check(Rule.S06, "forgets a PASID's domain that is replaced", CacheChecks::pasidReplaced));
            checks.add(check(Rule.S06, "forgets what is unmapped from a nested domain", CacheChecks::unmapped));
        }
        LifecycleChecks lifecycle = new LifecycleChecks(faultKind);
        checks.add(check(Rule.C12, "answers everything pending when a device goes", lifecycle::deviceGoes));
        checks.add(check(Rule.C13, "drains a PASID", lifecycle::drains));
        checks.add(check(Rule.R06, "goes, and returns", lifecycle::unitGoesAndReturns));
        checks.add(check(Rule.R07, "stops in time with groups pending", lifecycle::stops));
        checks.add(check(Rule.C01, "gives back every device", lifecycle::releases));
        checks.add(check(Rule.S06, "forgets what was detached or unmapped", lifecycle::forgets));
        checks.add(
                stalls
                        ? check(Rule.A05, "loses no transaction, however many there are", lifecycle::flood)
                        : check(Rule.C14, "gets over a flood", lifecycle::flood));
        return checks;
    }

    private Check check(Rule rule, String name, Body body) {
        return new Check(rule, name + (faultKind == FaultKind.STALLS ? " (stalls)" : " (page requests)"), () -> {
            try (DriverBench bench = benches.open()) {
                run(bench, body);
            }
        });
    }

    private static void run(DriverBench bench, Body body) throws Exception {
        try {
            body.run(bench);
            bench.verify();
        } catch (RuleBroken e) {
            // The check's own finding comes first; a complaint of the bench is added as suppressed.
            note(bench, e);
            throw e;
        } catch (Exception | Error e) {
            bench.verify();
            throw e;
        }
    }

    private static void note(DriverBench bench, RuleBroken found) {
        try {
            bench.verify();
        } catch (RuleBroken other) {
            found.addSuppressed(other);
        }
    }

    /** A device with a PASID that has a domain. */
    private KitDevice device(DriverBench bench, int pasid) {
        KitDevice device = bench.connect(faultKind, ID);
        bench.attach(device, pasid, PageTable.EMPTY);
        return device;
    }

    private void added(DriverBench bench) {
        KitDevice device = bench.connect(faultKind, ID);
        Device known = device.upstream().device();
        if (known.id() != ID || !known.unit().equals(bench.subject().unit().name())) {
            throw new RuleBroken(
                    Rule.C02, "the device was made known as 0x%x of unit %s".formatted(known.id(), known.unit()));
        }
        if (!bench.subject().unit().queue().devices().contains(known)) {
            throw new RuleBroken(Rule.C02, "connected, and not in the unit's fault queue");
        }
        if (!bench.subject().driver().canRespond(known)) {
            throw new RuleBroken(Rule.C02, "connected, and canRespond is false");
        }
        try {
            bench.connect(faultKind, ID);
            throw new RuleBroken(Rule.C02, "two devices are connected with the id 0x%x".formatted(ID));
        } catch (IllegalStateException expected) {
            // The unit says so that the id is taken.
        }
        device.upstream().close();
        if (bench.subject().driver().canRespond(known)) {
            throw new RuleBroken(Rule.C02, "disconnected, and canRespond is true: a response would reach no device");
        }
    }

    private void reported(DriverBench bench) throws Exception {
        KitDevice device = device(bench, 3);
        int[] permissions =
                faultKind == FaultKind.STALLS ? new int[] {WRITE} : new int[] {READ, WRITE, READ | WRITE, WRITE};
        long[] addresses = {0x7fff_1234_5000L, 0x1000, 0x42_0000_0000L, 0x7fff_1234_4000L};
        int last = permissions.length - 1;
        for (int i = 0; i <= last; i++) {
            device.ask(3, 17, permissions[i], addresses[i], i == last);
        }
        device.awaitAnswers(Rule.C09);
        List<KitHandler.Seen> seen = bench.handler().seen();
        if (seen.size() != 1 || seen.get(0).requests().size() != permissions.length) {
            throw new RuleBroken(Rule.C04, permissions.length + " requests of one group were reported as " + seen);
        }
        for (int i = 0; i <= last; i++) {
            PageRequest request = seen.get(0).requests().get(i);
            if (request.address() != addresses[i]
                    || request.permissions() != permissions[i]
                    || request.lastPage() != (i == last)
                    || !request.pasidValid()
                    || request.pasid() != 3) {
                throw new RuleBroken(
                        Rule.C04,
                        "request %d was %s at 0x%x with PASID 3, and was reported as %s"
                                .formatted(i, Permissions.toString(permissions[i]), addresses[i], request));
            }
        }
        // Rule C17: the device sends one request after the other, and the reports keep this order.
        for (int i = 0; i < MANY; i++) {
            device.ask(3, i, READ, i * 4096L);
        }
        device.awaitAnswers(Rule.C09);
        List<KitHandler.Seen> all = bench.handler().seen();
        for (int i = 0; i < MANY; i++) {
            long address = all.get(1 + i).last().address();
            if (address != i * 4096L) {
                throw new RuleBroken(
                        Rule.C17,
                        "request %d of a device was at 0x%x, reported was 0x%x".formatted(i, i * 4096L, address));
            }
        }
    }

    private void noDomain(DriverBench bench) throws Exception {
        KitDevice device = bench.connect(faultKind, ID);
        Rule rule = faultKind == FaultKind.STALLS ? Rule.A04 : Rule.C07;
        if (faultKind == FaultKind.PAGE_REQUESTS) {
            device.ask(3, 8, READ, 0x2000, false);
        }
        device.ask(3, 8, READ, 0x1000);
        device.ask(Pasid.NONE, 9, READ, 0x1000);
        device.awaitAnswers(rule);
        if (device.code(3, 8) == Downstream.SUCCESS || device.code(Pasid.NONE, 9) == Downstream.SUCCESS) {
            throw new RuleBroken(rule, "SUCCESS where no domain is attached");
        }
        if (!bench.handler().seen().isEmpty()) {
            throw new RuleBroken(rule, "a handler saw a group where no domain is attached");
        }
    }

    private void codes(DriverBench bench) throws Exception {
        Map<ResponseCode, Integer> wire = faultKind == FaultKind.STALLS
                ? Map.of(
                        ResponseCode.SUCCESS, Downstream.SUCCESS,
                        ResponseCode.INVALID, Downstream.INVALID_REQUEST,
                        ResponseCode.FAILURE, Downstream.INVALID_REQUEST)
                : Map.of(
                        ResponseCode.SUCCESS, Downstream.SUCCESS,
                        ResponseCode.INVALID, Downstream.INVALID_REQUEST,
                        ResponseCode.FAILURE, Downstream.RESPONSE_FAILURE);
        KitDevice device = device(bench, 3);
        for (ResponseCode code : ResponseCode.values()) {
            bench.handler().does(group -> group.respond(code));
            device.ask(3, code.value(), READ, 0x1000);
            device.awaitAnswers(Rule.C09);
            if (device.code(3, code.value()) != wire.get(code)) {
                throw new RuleBroken(
                        Rule.C09,
                        "the handler answered %s, the device heard 0x%x".formatted(code, device.code(3, code.value())));
            }
        }
    }

    private void manyThreads(DriverBench bench) throws Exception {
        bench.handler().does(group -> {});
        KitDevice device = device(bench, 3);
        for (int i = 0; i < MANY; i++) {
            device.ask(3, i, READ, i * 4096L);
        }
        if (!bench.handler().await(MANY)) {
            throw new RuleBroken(
                    Rule.C04, MANY + " groups asked, " + bench.handler().seen().size() + " reported");
        }
        List<FaultGroup> groups =
                bench.handler().seen().stream().map(KitHandler.Seen::group).toList();
        List<Future<?>> crew = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        for (int thread = 0; thread < 8; thread++) {
            int first = thread * 31;
            Callable<Void> work = () -> {
                start.await();
                for (int i = 0; i < MANY; i++) {
                    groups.get((first + i) % MANY).respond(ResponseCode.SUCCESS);
                }
                return null;
            };
            crew.add(bench.workers().start(work));
        }
        start.countDown();
        for (Future<?> member : crew) {
            CheckThreads.join(member);
        }
        device.awaitAnswers(Rule.C09);
    }

    private void nobodyWaits(DriverBench bench) throws Exception {
        bench.handler().does(group -> {});
        KitDevice device = device(bench, 3);
        device.ask(3, 1, READ, 0x1000);
        device.ask(3, 2, READ, 0x2000);
        if (!bench.handler().await(2)) {
            throw new RuleBroken(Rule.C09, "a group is held by its handler, and the next one is not reported");
        }
        FaultGroup held = bench.handler().seen().get(0).group();
        FaultGroup other = bench.handler().seen().get(1).group();
        Future<Boolean> answer = bench.workers().start(() -> other.respond(ResponseCode.SUCCESS));
        CheckThreads.join(answer);
        held.respond(ResponseCode.SUCCESS);
        device.awaitAnswers(Rule.C09);
    }

    private void pasids(DriverBench bench) throws Exception {
        KitDevice device = device(bench, Pasid.MAX);
        bench.attach(device, Pasid.NONE, PageTable.EMPTY);
        device.ask(Pasid.MAX, 4, READ, 0x1000);
        device.ask(Pasid.NONE, 5, READ, 0x2000);
        // The device complains of an answer with a wrong PASID, because no group of this PASID is open.
        awaitAnswersOrWrongOnes(device);
        for (KitHandler.Seen seen : bench.handler().seen()) {
            boolean asked = seen.last().address() == 0x1000;
            if (asked != seen.last().pasidValid()) {
                throw new RuleBroken(Rule.C10, "reported as " + seen.last());
            }
        }
    }

    private static void awaitAnswersOrWrongOnes(KitDevice device) throws InterruptedException {
        try {
            device.awaitCount(2);
            device.verify();
            device.awaitAnswers(Rule.C09);
        } catch (RuleBroken e) {
            throw new RuleBroken(Rule.C10, "an answer with another PASID than the request's: " + e.getMessage(), e);
        }
    }

    private void twoPasids(DriverBench bench) throws Exception {
        KitDevice device = device(bench, 3);
        bench.attach(device, 4, PageTable.EMPTY);
        device.ask(3, 6, READ, 0x3000, false);
        device.ask(4, 6, READ, 0x4000, false);
        device.ask(3, 6, READ, 0x3001_0000, true);
        device.ask(4, 6, READ, 0x4001_0000, true);
        device.awaitAnswers(Rule.C05);
        for (KitHandler.Seen seen : bench.handler().seen()) {
            boolean own = seen.requests().stream()
                    .allMatch(request -> request.pasid() == seen.group().pasid());
            if (!own || seen.requests().size() != 2) {
                throw new RuleBroken(
                        Rule.C05,
                        "two groups of one index and two PASIDs, two requests each: one came as " + seen.requests());
            }
        }
    }

    private void counted(DriverBench bench) throws Exception {
        KitDevice device = device(bench, 3);
        Counters counters = bench.subject().unit().queue().counters();
        long requests = counters.get(Counter.REQUESTS);
        long markers = counters.get(Counter.STOP_MARKERS);
        device.upstream().pageRequest(3, 40, 0, 0, true);
        for (int i = 0; i < MANY; i++) {
            device.ask(3, 41 + i, READ, i * 4096L);
        }
        device.awaitAnswers(Rule.C09);
        if (bench.handler().seen().stream().anyMatch(seen -> seen.last().permissions() == 0)) {
            throw new RuleBroken(Rule.C18, "a PASID stop marker was reported as a request");
        }
        if (device.answers().stream().anyMatch(answer -> answer.asked().number() == 40)) {
            throw new RuleBroken(Rule.C18, "a PASID stop marker was answered");
        }
        long counted = counters.get(Counter.STOP_MARKERS) - markers;
        if (counted != 1) {
            throw new RuleBroken(Rule.C18, "one PASID stop marker, " + counted + " counted");
        }
        long reported = counters.get(Counter.REQUESTS) - requests;
        if (reported != MANY) {
            throw new RuleBroken(Rule.C18, MANY + " requests, " + reported + " reported");
        }
    }
}
