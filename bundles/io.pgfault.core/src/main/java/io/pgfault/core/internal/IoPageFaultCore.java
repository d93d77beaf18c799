// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.core.internal.device.FaultParam;
import io.pgfault.core.internal.device.IopfQueue;
import io.pgfault.core.internal.domain.Attachment;
import io.pgfault.core.internal.domain.IopfDomain;
import io.pgfault.core.internal.handler.Handlers;
import io.pgfault.core.internal.watch.CoreWatch;
import io.pgfault.core.internal.watch.DomainClients;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ObjIntConsumer;

/**
 * The I/O page fault framework without its container: a plain object that tests and benchmarks make themselves.
 *
 * <p>Time is what {@code clock} says, in nanoseconds. {@link #expire} does what is due; {@link #startTimer} has a
 * thread do it, a test with a clock of its own calls it itself.
 */
public final class IoPageFaultCore implements IoPageFaults, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(IoPageFaultCore.class.getName());
    private static final long JOIN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Settings settings;
    private final LongSupplier clock;
    private final DeadlineTimer timer;
    private final Handlers handlers;
    private final DomainClients clients = new DomainClients();
    private final CoreWatch watch;
    private final Map<String, IopfQueue> queues = new ConcurrentHashMap<>();
    private final DriverServices drivers = new DriverServices();
    /** The devices, in the order in which drivers probed them. Guarded by the monitor of this set. */
    private final Set<FaultParam> devices = new LinkedHashSet<>();

    /** Written once by {@link #close}; every thread that makes something reads it. */
    private volatile boolean stopped;

    /** A core without queues, devices and handlers. */
    public IoPageFaultCore(Settings settings, LongSupplier clock) {
        this.settings = settings;
        this.clock = clock;
        this.timer = new DeadlineTimer(this::expire, settings.deadlineNanos());
        this.handlers = new Handlers(settings.waits(), clock, timer::wake);
        this.watch = new CoreWatch(this::devices, this::queues, handlers, clients, clock, settings.deadlineNanos());
    }

    /** Has a thread of the core call {@link #expire} when something is due. Only for a clock that runs by itself. */
    public void startTimer() {
        timer.start();
    }

    /**
     * Does what is due now: deadlines (rule C11), grace times (rule R03), park times (rule R04).
     *
     * @param longest what to return if nothing is to come
     * @return how long until something is due that can be foreseen, in nanoseconds
     */
    public long expire(long longest) {
        long now = clock.getAsLong();
        List<FaultParam> all = devices();
        long next = handlers.expire(now, handler -> all.forEach(device -> device.recall(handler)));
        for (FaultParam device : all) {
            next = Math.min(next, device.expire(now));
        }
        return Math.min(next, longest);
    }

    // Handlers and drivers that come and go

    /** See {@link Handlers#add}; the handler's class stands for its bundle. */
    public void addHandler(FaultHandler handler, long serviceId, int ranking, boolean inline, Set<String> kinds) {
        addHandler(handler, handler.getClass().getName() + "/" + serviceId, serviceId, ranking, inline, kinds);
    }

    /** See {@link Handlers#add}. */
    public void addHandler(
            FaultHandler handler, String name, long serviceId, int ranking, boolean inline, Set<String> kinds) {
        handlers.add(handler, name, serviceId, ranking, inline, kinds);
    }

    /** See {@link Handlers#remove}. */
    public void removeHandler(long serviceId) {
        handlers.remove(serviceId);
    }

    /** The clients of domains, to which bundles add theirs. */
    public DomainClients clients() {
        return clients;
    }

    /**
     * A driver service has come (rule C20).
     *
     * @param unit the name of its unit
     * @param serviceId its {@code service.id}
     */
    public void addDriver(String unit, long serviceId) {
        drivers.come(unit, serviceId);
    }

    /** A driver service goes: the devices that are its own are released while it still works (rules R06, C20). */
    public void removeDriver(String unit, long serviceId) {
        if (drivers.go(unit, serviceId)) {
            removeUnit(unit);
        }
    }

    /** The one driver of a unit goes: the unit's devices are released while it still works (rule R06). */
    public void removeUnit(String unit) {
        for (FaultParam device : devices()) {
            if (device.unit().equals(unit)) {
                release(device);
            }
        }
    }

    /**
     * Answers everything pending, then ends all threads (rule R07). A handler that goes on although it is interrupted
     * keeps its worker, a daemon thread, and delays the closing thread by half a second at most.
     */
    @Override
    public void close() {
        stopped = true;
        devices().forEach(this::release);
        List<IopfQueue> open = List.copyOf(queues.values());
        open.forEach(IopfQueue::free);
        long end = System.nanoTime() + Math.min(JOIN_NANOS, settings.deadlineNanos() / 2);
        try {
            for (IopfQueue queue : open) {
                queue.join(end);
            }
            timer.stop(end);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "interrupted while the core's threads end", e);
            Thread.currentThread().interrupt();
        }
    }

    /** What an operator sees. */
    public FaultWatch watch() {
        return watch;
    }

    // Queues and devices

    @Override
    public FaultQueue allocate(String name) {
        checkRunning();
        IopfQueue queue = queues.compute(Objects.requireNonNull(name, "a fault queue needs a name"), (n, existing) -> {
            if (existing != null) {
                throw new IllegalStateException(
                        "fault queue " + n + " exists: free it first, or give the unit another name");
            }
            return new IopfQueue(n, settings.workers(), settings.deadlineNanos(), clock, this::freed);
        });
        drivers.allocated(name);
        if (stopped) {
            queue.free();
            checkRunning();
        }
        return queue;
    }

    private void freed(IopfQueue queue) {
        if (queues.remove(queue.name(), queue)) {
            drivers.freed(queue.name());
        }
    }

    @Override
    public List<FaultQueue> queues() {
        return List.copyOf(queues.values());
    }

    @Override
    public Device probe(IommuDriver driver, String unit, String name, int id) {
        checkRunning();
        FaultParam device = new FaultParam(
                Objects.requireNonNull(driver, "a device needs a driver"),
                Objects.requireNonNull(unit, "a device needs a unit"),
                Objects.requireNonNull(name, "a device needs a name"),
                id,
                settings.bounds(),
                clock);
        IopfQueue queue = queues.get(unit);
        if (queue != null) {
            device.counters().countFor(queue.counters());
        }
        synchronized (devices) {
            devices.add(device);
        }
        if (stopped) {
            release(device);
            checkRunning();
        }
        return device;
    }

    @Override
    public void release(Device device) {
        FaultParam param = FaultParam.of(device);
        param.release();
        synchronized (devices) {
            devices.remove(param);
        }
    }

    private List<FaultParam> devices() {
        synchronized (devices) {
            return List.copyOf(devices);
        }
    }

    private void checkRunning() {
        if (stopped) {
            throw new IllegalStateException("the I/O page fault core has been stopped: look its service up again");
        }
    }

    // Faults

    @Override
    public Report report(
            Device device,
            int flags,
            int pasid,
            int groupId,
            int permissions,
            long address,
            long private0,
            long private1) {
        return FaultParam.of(device).report(flags, pasid, groupId, permissions, address, private0, private1);
    }

    @Override
    public void reject(Device device, int flags, int pasid, int groupId, long private0, long private1) {
        FaultParam.of(device).reject(flags, pasid, groupId, private0, private1);
    }

    // Domains

    @Override
    public Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested) {
        return IopfDomain.allocate(
                handlers.chain(Objects.requireNonNull(kind, "a domain needs a kind")),
                Objects.requireNonNull(name, "a domain needs a name"),
                Objects.requireNonNull(pageTable, "a domain needs a page table, PageTable.EMPTY if it maps nothing"),
                nested);
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        FaultParam.of(device).attach(checkPasid(pasid), IopfDomain.of(domain));
    }

    @Override
    public boolean replace(Device device, int pasid, Domain expected, Domain domain) {
        return FaultParam.of(device)
                .replace(checkPasid(pasid), expected == null ? null : IopfDomain.of(expected), IopfDomain.of(domain));
    }

    @Override
    public List<Device> devices(Domain domain, int pasid) {
        return IopfDomain.of(domain).attachments().stream()
                .filter(attachment -> attachment.pasid() == pasid)
                .map(Attachment::device)
                .filter(device -> FaultParam.of(device).has(pasid, domain))
                .distinct()
                .toList();
    }

    @Override
    public void detach(Device device, int pasid) {
        FaultParam.of(device).detach(checkPasid(pasid));
    }

    @Override
    public void detach(Domain domain) {
        IopfDomain own = IopfDomain.of(domain);
        for (IopfDomain above : own.nestedHere()) {
            detach(above);
        }
        for (Attachment attachment : own.attachments()) {
            FaultParam.of(attachment.device()).detach(attachment);
        }
    }

    private static int checkPasid(int pasid) {
        if (pasid != Pasid.NONE && !Pasid.isValid(pasid)) {
            throw new IllegalArgumentException(
                    "a PASID is 0 to " + Pasid.MAX + ", or Pasid.NONE for none, got " + pasid);
        }
        return pasid;
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        FaultParam param = FaultParam.of(device);
        param.driver().drain(param, checkPasid(pasid));
    }

    @Override
    public void invalidate(Domain domain, long first, long last) {
        IopfDomain own = IopfDomain.of(domain);
        List<Throwable> failures = new ArrayList<>();
        forEachDevice(own, failures, (device, pasid) -> device.driver().invalidate(device, pasid, first, last));
        for (IopfDomain above : own.nestedHere()) {
            // Two halves of the address space: neither range wraps, signed or unsigned.
            forEachDevice(above, failures, (device, pasid) -> {
                device.driver().invalidate(device, pasid, 0, Long.MAX_VALUE);
                device.driver().invalidate(device, pasid, Long.MIN_VALUE, -1);
            });
        }
        throwFirst(failures);
    }

    @Override
    public void invalidate(Domain domain, FirstStageInvalidation invalidation) {
        Objects.requireNonNull(invalidation, "nothing to invalidate");
        IopfDomain own = IopfDomain.of(domain);
        if (own.secondStage() == null) {
            throw new IllegalArgumentException(own + " has no first stage of a user: it is nested on no other domain");
        }
        List<Throwable> failures = new ArrayList<>();
        forEachDevice(own, failures, (device, pasid) -> device.driver().invalidate(device, pasid, invalidation));
        throwFirst(failures);
    }

    /** Calls the driver of each device that the domain is attached to; a driver that throws stops no other. */
    private static void forEachDevice(IopfDomain domain, List<Throwable> failures, ObjIntConsumer<FaultParam> call) {
        for (Attachment attachment : domain.attachments()) {
            try {
                call.accept(FaultParam.of(attachment.device()), attachment.pasid());
            } catch (Throwable e) {
                failures.add(e);
            }
        }
    }

    private static void throwFirst(List<Throwable> failures) {
        if (!failures.isEmpty()) {
            Throwable failure = failures.get(0);
            failures.stream().skip(1).filter(other -> other != failure).forEach(failure::addSuppressed);
            IoPageFaultCore.<RuntimeException>rethrow(failure);
        }
    }

    /** Throws to the caller what a driver has thrown, of any type (rule C21). */
    @SuppressWarnings("unchecked") // The cast has no effect at run time.
    private static <E extends Throwable> void rethrow(Throwable failure) throws E {
        throw (E) failure;
    }
}
