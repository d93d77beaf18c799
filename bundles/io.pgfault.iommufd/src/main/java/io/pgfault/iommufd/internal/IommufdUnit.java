// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.RequestTap;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.DrivesUnits;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.iommufd.internal.driver.Driver;
import io.pgfault.iommufd.internal.kernel.AllocatedQueue;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;
import io.pgfault.iommufd.internal.kernel.FaultSource;
import io.pgfault.iommufd.internal.kernel.FaultSource.KernelDevice;
import io.pgfault.iommufd.internal.kernel.Iommufd;
import io.pgfault.iommufd.internal.kernel.LinuxCalls;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.iommufd.internal.kernel.TakenOver;
import io.pgfault.parts.Taps;
import io.pgfault.parts.UnitLogger;
import io.pgfault.parts.service.RegisteredServices;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A unit whose hardware is a fault queue of the Linux kernel's IOMMUFD. Real devices (or the mock devices of a test
 * kernel) fault, the kernel passes the groups to the unit, and passes the unit's responses to the hardware.
 *
 * <p>The kernel queues a device's faults while at least one domain is attached to the device. The kernel translates the
 * device's accesses by a page table of its own, not by the domain's page table. Therefore the unit ignores
 * invalidations, and a handler that answers SUCCESS states that the owner of the kernel's page table (for example a
 * VMM) has mapped the pages.
 *
 * <p>A stopping unit removes its devices from the core's queue first, so that the core answers the pending groups
 * (rules C12, R06). Then the kernel detaches the devices and answers the groups that the unit has not read. Then the
 * event thread ends, and the unit closes every descriptor.
 */
@Component(
        configurationPid = IommufdUnit.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        service = {},
        immediate = true)
@Designate(ocd = IommufdUnit.Config.class, factory = true)
@DrivesUnits(unit_kind = IommufdUnit.KIND)
@Capability(
        namespace = "osgi.service",
        attribute = {
            "objectClass:List<String>=\"io.pgfault.api.driver.IommuDriver,io.pgfault.api.bus.Unit,"
                    + "io.pgfault.iommufd.internal.IommufdUnit\""
        },
        uses = {IommuDriver.class, Unit.class})
public final class IommufdUnit implements IommuDriver, Unit {
    /** The factory PID. */
    static final String PID = "io.pgfault.iommufd.unit";

    /** The kind of these units. */
    static final String KIND = "iommufd";

    /** Configuration of a unit. */
    @ObjectClassDefinition(
            name = "IOMMUFD unit",
            description = "A fault queue of the Linux kernel's IOMMUFD: a new one, or one that a VMM hands over.")
    @interface Config {
        /** {@link IommuDriver#UNIT_NAME}. */
        @AttributeDefinition(name = "Name", description = "Name of the unit, unique in the platform.")
        String io_pgfault_unit_name() default "iommufd0";

        /** {@code path}. */
        @AttributeDefinition(name = "Path", description = "Where IOMMUFD is opened, for a new fault queue.")
        String path() default Iommufd.PATH;

        /** {@code fault.fd}. */
        @AttributeDefinition(
                name = "Inherited descriptor",
                description = "Number of a fault queue descriptor that this process inherited; -1: none.")
        int fault_fd() default -1;

        /** {@code fault.socket}. */
        @AttributeDefinition(
                name = "Socket",
                required = false,
                description = "Path of a Unix stream socket where a VMM hands over a fault queue (SCM_RIGHTS).")
        String fault_socket();
    }

    private final String name;
    private final Logger logger;
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final FaultSource source;
    private final Taps<ResponseTap, ResponseCode> taps;
    private final Driver driver;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final Runnable unregister;
    /** Held by a thread that connects a device, and by the thread that sets {@code stopping}. */
    private final Object connecting = new Object();
    /** Whether the unit takes no device any more. Guarded by {@code connecting}. */
    private boolean stopping;

    /**
     * Activated by DS. The unit registers its services itself, so that the unit can unregister them when the fault
     * queue fails (rule C21).
     */
    @Activate
    public IommufdUnit(
            BundleContext context, Map<String, Object> properties, @Reference IoPageFaults faults, Config config)
            throws CallFailed {
        this(
                faults,
                config.io_pgfault_unit_name(),
                () -> open(config),
                unit -> new RegisteredServices(
                        context, properties, unit, IommuDriver.class, Unit.class, IommufdUnit.class)::unregister);
    }

    /**
     * Starts a unit.
     *
     * <p>The constructor allocates the core's queue first. The allocation fails if another unit has the name; then this
     * unit touches no descriptor, because the descriptor may be the other unit's.
     *
     * @param opening opens the fault queue
     * @param register registers the unit's services, and returns the action that unregisters them
     */
    IommufdUnit(IoPageFaults faults, String name, Opening opening, Function<? super IommufdUnit, Runnable> register)
            throws CallFailed {
        this.name = name;
        this.logger = UnitLogger.of(name);
        this.taps = new Taps<>(logger, (tap, record, code) -> tap.consumed(record, code));
        this.faults = faults;
        this.queue = faults.allocate(name);
        Opened opened = null;
        Driver made = null;
        Runnable registered = null;
        try {
            opened = opening.open();
            made = new Driver(faults, queue, opened.calls(), opened.source().descriptor(), taps, this::failed);
            this.source = opened.source();
            this.driver = made;
            registered = register.apply(this);
            this.unregister = registered;
        } finally {
            if (registered == null) {
                queue.close();
                if (made != null) {
                    made.stop();
                }
                if (opened != null) {
                    opened.source().close();
                }
            }
        }
        driver.start();
    }

    /** Opens a fault queue. */
    @FunctionalInterface
    interface Opening {
        /** Opens the fault queue; the message of an exception says what would help. */
        Opened open() throws CallFailed;
    }

    /** A fault queue, and the system calls that opened it. */
    record Opened(SystemCalls calls, FaultSource source) {}

    private static Opened open(Config config) {
        try {
            SystemCalls calls = new LinuxCalls();
            return new Opened(calls, open(calls, config.path(), config.fault_fd(), config.fault_socket()));
        } catch (IllegalStateException | IllegalArgumentException | UnsupportedOperationException | CallFailed e) {
            throw new IllegalStateException("unit " + config.io_pgfault_unit_name() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Opens a fault queue.
     *
     * @param descriptor an inherited descriptor, -1 for none
     * @param socket the path of the socket where a VMM hands a descriptor over, {@code null} or empty for none
     * @throws IllegalStateException if the queue can't be opened; the message says why and what would help
     */
    static FaultSource open(SystemCalls calls, String path, int descriptor, String socket) throws CallFailed {
        boolean handedOver = socket != null && !socket.isEmpty();
        if (descriptor >= 0 && handedOver) {
            throw new IllegalArgumentException("fault.fd and fault.socket each name a fault queue, and a unit has one;"
                    + " remove one of the two properties");
        }
        if (handedOver) {
            return TakenOver.received(calls, socket);
        }
        return descriptor >= 0 ? TakenOver.inherited(calls, descriptor) : AllocatedQueue.open(calls, path);
    }

    /**
     * Called by the event thread as its last act. Another thread deactivates, because removing devices waits for
     * passes.
     */
    private void failed() {
        Thread end = new Thread(this::deactivate, "io-pgfault-" + name + "-end");
        end.setDaemon(true);
        end.start();
    }

    /** Stops the unit, in the order of the class comment. Called by DS, and after a failure. Idempotent. */
    @Deactivate
    void deactivate() {
        synchronized (connecting) {
            if (stopping) {
                return;
            }
            stopping = true;
        }
        unregister.run();
        queue.close();
        connections.forEach(Connection::close);
        try {
            driver.stop();
        } catch (CallFailed e) {
            logger.log(Level.ERROR, name + ": the event thread could not be stopped properly", e);
        }
        try {
            source.close();
        } catch (CallFailed e) {
            logger.log(Level.ERROR, name + ": the fault queue could not be closed properly", e);
        }
    }

    // The kernel's devices

    /**
     * Connects a device of the kernel. The device faults after a domain is attached.
     *
     * @param device the device's name
     * @throws IllegalStateException if the device can't be opened, or the unit is stopping; the message says why and
     *     what would help
     */
    Connection connect(String device, DeviceChoice choice) {
        synchronized (connecting) {
            if (stopping) {
                throw new IllegalStateException("device %s: unit %s is stopping".formatted(device, name));
            }
            Connection connection = null;
            KernelDevice known = null;
            try {
                known = source.device(choice);
                if (driver.knows(known.id())) {
                    throw new IllegalStateException("id " + known.id() + " is taken on unit " + name);
                }
                connection = new Connection(known, faults.probe(this, name, device, known.id()), this::remove);
                connections.add(connection);
                queue.add(connection.device());
                driver.add(connection.device());
                return connection;
            } catch (CallFailed | IllegalStateException | IllegalArgumentException e) {
                if (connection != null) {
                    connection.close();
                } else if (known != null) {
                    giveBack(known, e);
                }
                throw new IllegalStateException("device " + device + ": " + e.getMessage(), e);
            }
        }
    }

    private static void giveBack(KernelDevice known, Exception cause) {
        try {
            known.close();
        } catch (CallFailed e) {
            cause.addSuppressed(e);
        }
    }

    /**
     * Removes a device. The core answers the pending groups, and the unit writes the responses (rule C12). The kernel
     * detaches the device and answers the groups that the unit has not read. The event thread reports the groups that
     * it has read, and the core answers them. Then the unit forgets the device.
     */
    private void remove(Connection connection) {
        Device device = connection.device();
        queue.remove(device);
        connection.detachAll();
        try {
            driver.awaitRequests();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        faults.release(device);
        driver.remove(device);
        connections.remove(connection);
        connection.giveBack();
    }

    private Connection of(Device device) {
        for (Connection connection : connections) {
            if (connection.device() == device) {
                return connection;
            }
        }
        return null;
    }

    // The device side

    @Override
    public String name() {
        return name;
    }

    @Override
    public String kind() {
        return KIND;
    }

    /** Refuses a device model: the devices of this unit are the kernel's. */
    @Override
    public Upstream connect(String device, int id, Downstream downstream) {
        throw new IllegalStateException(
                "device %s: unit %s takes the kernel's devices; configure io.pgfault.iommufd.device for one"
                        .formatted(device, name));
    }

    @Override
    public FaultQueue queue() {
        return queue;
    }

    /** Returns no ring: only the kernel writes to its queue. */
    @Override
    public Optional<RecordRing> ring(String format) {
        return Optional.empty();
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        return taps.add(tap);
    }

    @Override
    public Optional<AutoCloseable> tapRequests(RequestTap tap) {
        return Optional.of(driver.tapRequests(tap));
    }

    @Override
    public void drain() throws InterruptedException {
        driver.drain();
    }

    // The core's side

    @Override
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        driver.pageResponse(private0, code);
        Connection connection = of(device);
        if (connection != null) {
            connection.answered(groupId, code);
        }
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        Connection connection = of(device);
        if (connection == null) {
            throw new IllegalStateException("device %s is not connected to unit %s".formatted(device.name(), name));
        }
        connection.attach(pasid);
    }

    @Override
    public void detach(Device device, int pasid) {
        Connection connection = of(device);
        if (connection != null) {
            connection.detach(pasid);
        }
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        driver.drain(device);
    }
}
