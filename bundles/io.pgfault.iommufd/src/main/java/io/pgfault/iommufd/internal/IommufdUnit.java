// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.DrivesUnits;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.iommufd.internal.driver.Driver;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;
import io.pgfault.iommufd.internal.kernel.FaultSource;
import io.pgfault.iommufd.internal.kernel.Iommufd;
import io.pgfault.iommufd.internal.kernel.KernelDevice;
import io.pgfault.iommufd.internal.kernel.LinuxCalls;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.iommufd.internal.kernel.TakenOver;
import io.pgfault.parts.Taps;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A unit whose hardware is a fault queue of the Linux kernel's IOMMUFD: real devices (or the mock devices of a test kernel)
 * fault, the kernel hands the groups over, and gives the answers to the hardware.
 *
 * <p>A device hears the fault queue while at least one domain is attached to it. What its accesses are translated with is
 * the kernel's matter, not that of the domain's page table: invalidation has nothing to do here, and a handler that answers
 * SUCCESS says that the owner of the kernel's page table (a VMM's guest, for example) has the pages there.
 *
 * <p>When the unit goes, its devices leave the core's queue first, so that everything pending is answered (rules C12, R06);
 * then the kernel detaches them and answers what it still had; then the event thread ends, and every descriptor is closed.
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

    /** The services that a unit registers. */
    private static final String[] SERVICES = {
        IommuDriver.class.getName(), Unit.class.getName(), IommufdUnit.class.getName()
    };

    private static final Logger LOG = System.getLogger(IommufdUnit.class.getName());

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
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final FaultSource source;
    private final Taps<ResponseTap, ResponseCode> taps =
            new Taps<>(LOG, (tap, record, code) -> tap.consumed(record, code));
    private final Driver driver;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final Runnable unregister;
    /** Held while a device is connected, and while {@code stopping} is set. */
    private final Object connecting = new Object();
    /** Whether the unit takes no device any more. Guarded by {@code connecting}. */
    private boolean stopping;

    /**
     * Activated by DS. The unit registers its services itself, so that it can take them back when the fault queue can't be
     * served any more (rule C21).
     */
    @Activate
    public IommufdUnit(
            BundleContext context, Map<String, Object> properties, @Reference IoPageFaults faults, Config config)
            throws CallFailed {
        this(
                faults,
                config.io_pgfault_unit_name(),
                () -> open(config),
                unit -> context.registerService(SERVICES, unit, visible(properties))::unregister);
    }

    /**
     * A unit that works from now on.
     *
     * <p>The queue is allocated first: it fails when another unit has the name, and then the descriptor, which may be that
     * unit's, is not touched (B9).
     *
     * @param opening opens the fault queue
     * @param register registers the unit's services, and returns what takes them back
     */
    IommufdUnit(IoPageFaults faults, String name, Opening opening, Function<? super IommufdUnit, Runnable> register)
            throws CallFailed {
        this.name = name;
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
        /** Opens it; the message of what is thrown says what would help. */
        Opened open() throws CallFailed;
    }

    /** The calls, and the fault queue that was opened with them. */
    record Opened(SystemCalls calls, FaultSource source) {}

    private static Dictionary<String, Object> visible(Map<String, Object> properties) {
        Map<String, Object> visible = new HashMap<>(properties);
        visible.keySet().removeIf(key -> key.startsWith("."));
        return FrameworkUtil.asDictionary(visible);
    }

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
     * @param descriptor an inherited one, -1 for none
     * @param socket where one is handed over, {@code null} or empty for nowhere
     * @throws IllegalStateException if that fails; the message says why and what would help
     */
    static FaultSource open(SystemCalls calls, String path, int descriptor, String socket) throws CallFailed {
        boolean handedOver = socket != null && !socket.isEmpty();
        if (descriptor >= 0 && handedOver) {
            throw new IllegalArgumentException(
                    "fault.fd and fault.socket each name a fault queue; a unit has one, take one of them away");
        }
        if (handedOver) {
            return TakenOver.received(calls, socket);
        }
        return descriptor >= 0 ? TakenOver.inherited(calls, descriptor) : Iommufd.open(calls, path);
    }

    /** The fault queue can't be served any more. Called by the event thread, which must not wait for the devices to go. */
    private void failed() {
        Thread end = new Thread(this::deactivate, "io-pgfault-" + name + "-end");
        end.setDaemon(true);
        end.start();
    }

    /** Called by DS, and by the unit itself when it fails; see the class comment for the order. Once is enough. */
    @Deactivate
    void deactivate() {
        synchronized (connecting) {
            if (stopping) {
                return;
            }
            stopping = true;
        }
        try {
            unregister.run();
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, name + ": the bundle is stopping, its services are unregistered already", e);
        }
        queue.close();
        connections.forEach(Connection::close);
        try {
            driver.stop();
        } catch (CallFailed e) {
            LOG.log(Level.ERROR, name + ": the event thread could not be stopped properly", e);
        }
        try {
            source.close();
        } catch (CallFailed e) {
            LOG.log(Level.ERROR, name + ": the fault queue could not be closed properly", e);
        }
    }

    // The kernel's devices

    /**
     * Takes a device of the kernel's in: from when this returns it is in the fault queue, and faults when a domain is
     * attached.
     *
     * @param device its name, for people
     * @throws IllegalStateException if it can't be had, or the unit is going; the message says why and what would help
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
     * Takes a device out: pending groups are answered and the answers written (rule C12); the kernel detaches the device,
     * and answers what nobody read; what was read is reported, and answered by the core; then it is forgotten.
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

    /** The devices of this unit are the kernel's: a model can't be connected. */
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

    /** Only the kernel writes to its queue. */
    @Override
    public Optional<RecordRing> ring(String format) {
        return Optional.empty();
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        return taps.add(tap);
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
