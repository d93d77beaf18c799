// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.tck.Rule;
import io.pgfault.tck.UnitUnderTest;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A unit that keeps every rule except the rule that a test has it break. */
final class PlainUnit implements UnitUnderTest, Unit, IommuDriver {
    /** A mutant: the rule, and how the unit breaks the rule. */
    enum Break {
        LEAVES_ITS_QUEUE(Rule.C01),
        NEVER_RELEASES(Rule.C01),
        RELEASES_ONLY_WHEN_IT_GOES(Rule.C01),
        SAYS_IT_CAN_RESPOND_ALWAYS(Rule.C02),
        SAYS_IT_CAN_NOT_RESPOND(Rule.C02),
        REPORTS_WRITES_AS_READS(Rule.C04),
        TAKES_EVERY_PASID_FOR_3(Rule.C05),
        SERVES_NO_PASID_BY_A_NESTED_DOMAIN(Rule.C06),
        ASKS_THE_NESTED_DOMAIN_FIRST(Rule.C06),
        DOES_NOT_ANSWER_WITHOUT_A_DOMAIN(Rule.C07),
        ANSWERS_TWICE(Rule.C09),
        ANSWERS_ALWAYS_SUCCESS(Rule.C09),
        LOSES_SOME_ANSWERS(Rule.C09),
        WAITS_FOR_THE_HANDLER(Rule.C09),
        ANSWERS_WITHOUT_PASID(Rule.C10),
        TELLS_A_DEVICE_BEFORE_ITS_ANSWERS(Rule.C12),
        DOES_NOT_LET_A_DEVICE_GO(Rule.C12),
        DRAINS_NOTHING(Rule.C13),
        KEEPS_PARTIALS_AFTER_OVERFLOW(Rule.C14),
        LOSES_LAST_REQUESTS_SILENTLY(Rule.C14),
        REPORTS_OUT_OF_ORDER(Rule.C17),
        REPORTS_STOP_MARKERS(Rule.C18),
        DOES_NOT_COUNT_OVERFLOWS(Rule.C18),
        FORGETS_ITS_DEVICES(Rule.R06),
        RETURNS_UNDER_ANOTHER_NAME(Rule.R06),
        HANGS_WHILE_IT_STOPS(Rule.R07),
        DROPS_REQUESTS_THAT_IT_REFUSES(Rule.V05),
        ANSWERS_REFUSED_REQUESTS_ITSELF(Rule.V05),
        DOES_NOT_INVALIDATE(Rule.S06),
        KEEPS_WHAT_A_NESTED_DOMAIN_GRANTED(Rule.S06),
        KEEPS_WHAT_A_REPLACED_DOMAIN_GRANTED(Rule.S06),
        TRANSLATES_AFTER_DETACH(Rule.S06),
        LEAVES_STALLED_WITHOUT_A_DOMAIN(Rule.A04),
        LOSES_STALLED_TRANSACTIONS(Rule.A05);

        final Rule rule;

        Break(Rule rule) {
            this.rule = rule;
        }
    }

    private static final int ROOM = 1024;

    /** Input of the event thread: a request, or work to do after all earlier requests have been reported. */
    private record Event(Link link, PageRequest request, Runnable then) {}

    private final IoPageFaults faults;
    private final Break broken;
    private final String name;
    private final FaultQueue queue;
    private final Map<Integer, Link> links = new ConcurrentHashMap<>();
    private final LinkedBlockingQueue<Event> ring = new LinkedBlockingQueue<>();
    private final Object hardware = new Object();
    private final Thread thread;
    private boolean overflow;
    private int answers;
    private volatile boolean gone;

    PlainUnit(IoPageFaults faults, Break broken) {
        this.faults = faults;
        this.broken = broken;
        this.name = broken == Break.RETURNS_UNDER_ANOTHER_NAME ? "plain at " + System.nanoTime() : "plain";
        this.queue = faults.allocate(name);
        this.thread = new Thread(this::events, "events of " + name);
        thread.setDaemon(true);
        thread.start();
    }

    // The event thread

    private void events() {
        try {
            while (true) {
                Event event = ring.take();
                if (event.then != null) {
                    event.then.run();
                    if (gone) {
                        return;
                    }
                } else {
                    report(event);
                }
                recover();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void report(Event event) {
        PageRequest request = event.request;
        boolean marker = request.lastPage() && request.pasidValid() && request.permissions() == 0;
        if (marker && broken != Break.REPORTS_STOP_MARKERS) {
            event.link.device.counters().add(Counter.STOP_MARKERS, 1);
            return;
        }
        if (refused(event.link, request)) {
            return;
        }
        if (broken == Break.REPORTS_OUT_OF_ORDER && event.link.device.counters().get(Counter.REQUESTS) == 100) {
            Event next = ring.poll();
            if (next != null && next.link != null) {
                faults.report(next.link.device, next.request);
            }
        }
        faults.report(event.link.device, request);
        if (broken == Break.WAITS_FOR_THE_HANDLER) {
            try {
                queue.flush(event.link.device);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Refuses privileged reads, as VT-d does (rule V05); returns whether the request was refused. */
    private boolean refused(Link link, PageRequest request) {
        int privilegedRead = Permissions.PRIV | Permissions.READ;
        if ((request.permissions() & privilegedRead) != privilegedRead) {
            return false;
        }
        if (broken == Break.DROPS_REQUESTS_THAT_IT_REFUSES) {
            link.device.counters().add(Counter.BAD_REQUESTS, 1);
        } else if (broken == Break.ANSWERS_REFUSED_REQUESTS_ITSELF && request.lastPage()) {
            link.device.counters().add(Counter.BAD_REQUESTS, 1);
            link.downstream.pageGroupResponse(request.pasid(), request.groupId(), Downstream.INVALID_REQUEST);
        } else {
            faults.reject(link.device, request.flags(), request.pasid(), request.groupId(), 0, 0);
        }
        return true;
    }

    private void recover() {
        synchronized (hardware) {
            if (overflow && ring.isEmpty()) {
                if (broken != Break.DOES_NOT_COUNT_OVERFLOWS) {
                    queue.counters().add(Counter.OVERFLOWS, 1);
                }
                if (broken != Break.KEEPS_PARTIALS_AFTER_OVERFLOW) {
                    queue.discardPartials();
                }
                overflow = false;
            }
        }
    }

    /** Returns when the event thread has reported everything that is in the ring now. */
    private void settle() {
        if (Thread.currentThread() == thread || !thread.isAlive()) {
            return;
        }
        CountDownLatch passed = new CountDownLatch(1);
        ring.add(new Event(null, null, passed::countDown));
        try {
            passed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // The core's side

    @Override
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        Link link = links.get(device.id());
        if (link == null) {
            return;
        }
        synchronized (hardware) {
            answers++;
        }
        boolean stalled = private0 != 0;
        boolean noDomain = code == ResponseCode.INVALID && link.domains.isEmpty();
        if (noDomain
                && (broken == Break.DOES_NOT_ANSWER_WITHOUT_A_DOMAIN
                        || (stalled && broken == Break.LEAVES_STALLED_WITHOUT_A_DOMAIN))) {
            return;
        }
        if (broken == Break.LOSES_SOME_ANSWERS && answers % 100 == 0) {
            return;
        }
        ResponseCode said = broken == Break.ANSWERS_ALWAYS_SUCCESS ? ResponseCode.SUCCESS : code;
        int times = broken == Break.ANSWERS_TWICE ? 2 : 1;
        for (int i = 0; i < times; i++) {
            if (stalled) {
                link.downstream.resume(groupId, said == ResponseCode.SUCCESS);
            } else {
                link.downstream.pageGroupResponse(
                        broken == Break.ANSWERS_WITHOUT_PASID ? Pasid.NONE : pasid, groupId, wire(said));
            }
        }
    }

    private static int wire(ResponseCode code) {
        return switch (code) {
            case SUCCESS -> Downstream.SUCCESS;
            case INVALID -> Downstream.INVALID_REQUEST;
            case FAILURE -> Downstream.RESPONSE_FAILURE;
        };
    }

    @Override
    public boolean canRespond(Device device) {
        return broken == Break.SAYS_IT_CAN_RESPOND_ALWAYS
                || (broken != Break.SAYS_IT_CAN_NOT_RESPOND && links.containsKey(device.id()));
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        Link link = links.get(device.id());
        link.domains.put(pasid, domain);
        if (broken != Break.KEEPS_WHAT_A_REPLACED_DOMAIN_GRANTED) {
            invalidate(device, pasid, 0, -1);
        }
    }

    @Override
    public void detach(Device device, int pasid) {
        Link link = links.get(device.id());
        if (link != null) {
            if (broken != Break.TRANSLATES_AFTER_DETACH) {
                link.domains.remove(pasid);
            }
            invalidate(device, pasid, 0, -1);
        }
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        if (broken != Break.DRAINS_NOTHING) {
            settle();
            queue.flush(device);
        }
    }

    @Override
    public void invalidate(Device device, int pasid, long first, long last) {
        if (broken != Break.DOES_NOT_INVALIDATE) {
            Link link = links.get(device.id());
            link.downstream.invalidate(pasid, first, last);
            if (pasid == Pasid.NONE && broken != Break.KEEPS_WHAT_A_NESTED_DOMAIN_GRANTED) {
                link.throughOwner.forEach(other -> link.downstream.invalidate(other, first, last));
            }
        }
    }

    // The devices' side

    @Override
    public Upstream connect(String device, int id, Downstream downstream) {
        Link link = new Link(id, downstream);
        if (gone || links.putIfAbsent(id, link) != null) {
            throw new IllegalStateException("0x%x is taken on %s".formatted(id, name));
        }
        link.device = faults.probe(this, name, device, id);
        queue.add(link.device);
        return link;
    }

    private final class Link implements Upstream {
        private final int id;
        private final Downstream downstream;
        private final Map<Integer, Domain> domains = new ConcurrentHashMap<>();
        /** PASIDs that a nested domain has translated for. */
        private final Set<Integer> throughOwner = ConcurrentHashMap.newKeySet();

        private volatile Device device;
        private volatile boolean off;

        Link(int id, Downstream downstream) {
            this.id = id;
            this.downstream = downstream;
        }

        @Override
        public Device device() {
            return device;
        }

        @Override
        public long translate(int pasid, long address) {
            Domain domain = off ? null : domain(pasid);
            return domain == null ? Translation.NONE : domain.pageTable().walk(address);
        }

        private Domain domain(int pasid) {
            Domain own = domains.get(pasid);
            Domain owner = domains.get(Pasid.NONE);
            boolean owned = owner != null && owner.nested() && broken != Break.SERVES_NO_PASID_BY_A_NESTED_DOMAIN;
            if (!owned || (own != null && broken != Break.ASKS_THE_NESTED_DOMAIN_FIRST)) {
                return own;
            }
            throughOwner.add(pasid);
            return owner;
        }

        @Override
        public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
            if (off) {
                return;
            }
            PageRequest request = request(pasid, prgIndex, permissions, address, last, 0);
            synchronized (hardware) {
                if (!overflow && ring.size() < ROOM) {
                    ring.add(new Event(this, request, null));
                    return;
                }
                overflow = true;
            }
            if (last && broken != Break.LOSES_LAST_REQUESTS_SILENTLY) {
                downstream.pageGroupResponse(pasid, prgIndex, Downstream.SUCCESS);
            }
        }

        @Override
        public long transact(int transaction, int pasid, int permissions, long address) {
            long translation = translate(pasid, address);
            if (off || Translation.grants(translation, permissions)) {
                return translation;
            }
            if (broken != Break.LOSES_STALLED_TRANSACTIONS || ring.size() < 64) {
                ring.add(new Event(this, request(pasid, transaction, permissions, address, true, 1), null));
            }
            return STALLED;
        }

        private PageRequest request(int pasid, int group, int permissions, long address, boolean last, long stalled) {
            boolean valid = pasid != Pasid.NONE;
            int flags = (valid ? PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID : 0)
                    | (last ? PageRequest.LAST_PAGE : 0);
            int said = broken == Break.REPORTS_WRITES_AS_READS ? Permissions.READ : permissions;
            int with = broken == Break.TAKES_EVERY_PASID_FOR_3 && valid ? 3 : valid ? pasid : 0;
            return new PageRequest(flags, with, group, said, address, stalled, 0);
        }

        @Override
        public void close() {
            if (!off) {
                off = true;
                if (broken == Break.TELLS_A_DEVICE_BEFORE_ITS_ANSWERS) {
                    downstream.disconnected();
                }
                if (broken == Break.DOES_NOT_LET_A_DEVICE_GO) {
                    links.remove(id, this);
                    downstream.disconnected();
                    return;
                }
                queue.remove(device);
                settle();
                letGo();
            }
        }

        private void letGo() {
            if (broken != Break.NEVER_RELEASES && (gone || broken != Break.RELEASES_ONLY_WHEN_IT_GOES)) {
                faults.release(device);
            }
            links.remove(id, this);
            if (broken != Break.TELLS_A_DEVICE_BEFORE_ITS_ANSWERS && broken != Break.FORGETS_ITS_DEVICES) {
                downstream.disconnected();
            }
        }
    }

    @Override
    public void close() {
        if (gone) {
            return;
        }
        if (broken == Break.HANGS_WHILE_IT_STOPS && answers >= 64) {
            hang();
        }
        if (broken != Break.LEAVES_ITS_QUEUE) {
            queue.close();
        }
        links.values().forEach(link -> link.off = true);
        settle();
        gone = true;
        ring.add(new Event(null, null, () -> {}));
        links.values().forEach(Link::letGo);
    }

    /** Waits longer than the patience of the kit's own tests. */
    private void hang() {
        try {
            new CountDownLatch(1).await(500, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Unit unit() {
        return this;
    }

    @Override
    public IommuDriver driver() {
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String kind() {
        return "plain";
    }

    @Override
    public FaultQueue queue() {
        return queue;
    }

    @Override
    public Optional<RecordRing> ring(String format) {
        return Optional.empty();
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        return () -> {};
    }

    @Override
    public void drain() throws InterruptedException {
        settle();
        for (Device device : queue.devices()) {
            queue.flush(device);
        }
    }
}
