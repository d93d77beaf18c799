// SPDX-License-Identifier: Apache-2.0
package com.example.loopback;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.DrivesUnits;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A unit and its driver, one for each configuration. The page request ring is a queue of Java objects, and responses go
 * straight back to the device: put your hardware there. The rest of this class is the work of every driver.
 *
 * <p>One event thread reports the requests in the ring. A request that finds no room is lost; the overflow flag then
 * keeps every request out until the event thread has emptied the ring and has discarded partials.
 */
@Component(
        configurationPid = "com.example.loopback.unit",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = {IommuDriver.class, Unit.class},
        immediate = true)
@DrivesUnits(unit_kind = Driver.KIND)
@Designate(ocd = Driver.Config.class, factory = true)
public final class Driver implements IommuDriver, Unit {
    /** The kind of unit, which a platform can ask for. */
    static final String KIND = "com.example.loopback";

    private static final int MOST_ENTRIES = 65_536;

    /** The configuration of a unit, a factory with the PID com.example.loopback.unit. */
    @ObjectClassDefinition(name = "com.example.loopback", description = "An IOMMU unit.")
    public @interface Config {
        /** {@link IommuDriver#UNIT_NAME}. */
        @AttributeDefinition(name = "Name", description = "The unit's name, unique in a platform.")
        String io_pgfault_unit_name() default "unit0";

        /** The size of the ring. */
        @AttributeDefinition(
                name = "Entries",
                description = "Page requests in the ring, 2 to 65536.",
                min = "2",
                max = "65536")
        int entries() default 4096;
    }

    private final String name;
    private final int entries;
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final Map<Integer, Connection> connections = new ConcurrentHashMap<>();
    private final Thread events;
    private final BlockingQueue<Runnable> ring = new LinkedBlockingQueue<>();
    /** Keeps requests out of the ring. Guarded by the monitor of the ring. */
    private boolean overflow;

    private volatile boolean stopped;

    /** Called by Declarative Services. */
    @Activate
    public Driver(@Reference IoPageFaults faults, Config config) {
        this(faults, config.io_pgfault_unit_name(), config.entries());
    }

    Driver(IoPageFaults faults, String name, int entries) {
        if (entries < 2 || entries > MOST_ENTRIES) {
            throw new IllegalArgumentException(name + ": entries is 2 to " + MOST_ENTRIES + ", got " + entries);
        }
        this.faults = faults;
        this.name = name;
        this.entries = entries;
        this.queue = faults.allocate(name);
        this.events = new Thread(this::work, name + "-events");
        events.setDaemon(true);
        events.start();
    }

    /** Closes the fault queue, which answers pending groups; has the ring reported; then tells each device. */
    @Deactivate
    void deactivate() {
        queue.close();
        connections.values().forEach(connection -> connection.off = true);
        settle();
        ring.add(() -> stopped = true);
        connections.values().forEach(this::letGo);
    }

    /** Runs on the event thread until the unit stops. */
    private void work() {
        try {
            while (!stopped) {
                ring.take().run();
                recover();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void report(Connection from, PageRequest request) {
        if (request.lastPage() && request.pasidValid() && request.permissions() == 0) {
            from.device.counters().add(Counter.STOP_MARKERS, 1); // rule V06: no response to a stop marker
        } else {
            faults.report(from.device, request);
        }
    }

    /** Discards partials when the ring is empty after an overflow: partials may lack the lost requests. */
    private void recover() {
        synchronized (ring) {
            if (overflow && ring.isEmpty()) {
                queue.counters().add(Counter.OVERFLOWS, 1);
                queue.discardPartials();
                overflow = false;
            }
        }
    }

    /** Returns when the event thread has reported the requests in the ring; on the event thread returns at once. */
    private void settle() {
        CountDownLatch passed = new CountDownLatch(Thread.currentThread() == events ? 0 : 1);
        ring.add(passed::countDown);
        try {
            boolean done = false;
            while (!done && events.isAlive()) {
                done = passed.await(10, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // What the core asks of a driver

    @Override
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        Connection connection = connections.get(device.id());
        if (connection != null) {
            connection.downstream.pageGroupResponse(pasid, groupId, wire(code));
        }
    }

    private static int wire(ResponseCode code) {
        if (code == ResponseCode.SUCCESS) {
            return Downstream.SUCCESS;
        }
        return code == ResponseCode.INVALID ? Downstream.INVALID_REQUEST : Downstream.RESPONSE_FAILURE;
    }

    @Override
    public boolean canRespond(Device device) {
        return connections.containsKey(device.id());
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        Connection connection = connections.get(device.id());
        if (connection == null) {
            throw new IllegalStateException("device %s is not connected to unit %s".formatted(device.name(), name));
        }
        connection.domains.put(pasid, domain);
        connection.forget(pasid, 0, -1);
    }

    @Override
    public void detach(Device device, int pasid) {
        Connection connection = connections.get(device.id());
        if (connection != null) {
            connection.domains.remove(pasid);
            connection.forget(pasid, 0, -1);
        }
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        settle();
        queue.flush(device);
    }

    @Override
    public void invalidate(Device device, int pasid, long first, long last) {
        Connection connection = connections.get(device.id());
        if (connection != null) {
            connection.forget(pasid, first, last);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Upstream connect(String device, int id, Downstream downstream) {
        Connection connection = new Connection(id, downstream);
        if (connections.putIfAbsent(id, connection) != null) {
            throw new IllegalStateException("device %s: 0x%x is taken on unit %s".formatted(device, id, name));
        }
        connection.device = faults.probe(this, name, device, id);
        try {
            queue.add(connection.device);
        } catch (RuntimeException e) { // the unit is going
            letGo(connection);
            throw e;
        }
        return connection;
    }

    private void letGo(Connection connection) {
        if (connections.remove(connection.id, connection)) {
            faults.release(connection.device);
            connection.downstream.disconnected();
        }
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

    private final class Connection implements Upstream {
        private final int id;
        private final Downstream downstream;
        private final Map<Integer, Domain> domains = new ConcurrentHashMap<>();
        /** PASIDs that the nested domain of the device has translated for. */
        private final Set<Integer> throughOwner = ConcurrentHashMap.newKeySet();

        private volatile Device device;
        private volatile boolean off;

        Connection(int id, Downstream downstream) {
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

        /** The PASID's own domain, else a nested domain of the device (rule C06). */
        private Domain domain(int pasid) {
            Domain own = domains.get(pasid);
            Domain owner = domains.get(Pasid.NONE);
            if (own != null || owner == null || !owner.nested()) {
                return own;
            }
            throughOwner.add(pasid);
            return owner;
        }

        /** Has the device drop cached translations, also translations that a nested domain granted to other PASIDs. */
        void forget(int pasid, long first, long last) {
            downstream.invalidate(pasid, first, last);
            if (pasid == Pasid.NONE) {
                throughOwner.forEach(other -> downstream.invalidate(other, first, last));
            }
        }

        @Override
        public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
            if (off) {
                return;
            }
            int flags = (last ? PageRequest.LAST_PAGE : 0)
                    | (pasid == Pasid.NONE ? 0 : PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID);
            PageRequest request = new PageRequest(flags, Math.max(pasid, 0), prgIndex, permissions, address);
            synchronized (ring) {
                overflow |= ring.size() >= entries;
                if (!overflow) {
                    ring.add(() -> report(this, request));
                    return;
                }
            }
            if (last) {
                downstream.pageGroupResponse(pasid, prgIndex, Downstream.SUCCESS); // lost: the device asks again
            }
        }

        @Override
        public long transact(int transaction, int pasid, int permissions, long address) {
            long translation = translate(pasid, address);
            return Translation.grants(translation, permissions) ? translation : Translation.NONE;
        }

        @Override
        public void close() {
            off = true;
            queue.remove(device); // the queue answers pending groups
            settle(); // the event thread has the requests in the ring answered
            letGo(this);
        }
    }
}
