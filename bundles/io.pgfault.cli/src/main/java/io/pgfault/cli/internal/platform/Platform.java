// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.api.Domain;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.HostCheck;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.trace.MapsFile;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The running platform: finds units, devices and address spaces as services, and makes new ones by configurations, as
 * an operator does. Any thread.
 */
public final class Platform {
    private static final System.Logger LOG = System.getLogger(Platform.class.getName());

    /** A service has to come up within this time after its configuration was made. */
    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(10);

    private static final String CORE_PID = "io.pgfault.core";
    /** The default of {@code pending.per.device} and of {@code work.depth}. */
    private static final int DEFAULT_BOUND = 65_536;

    /** Services that a platform file makes, with the property of the configuration and the service that names them. */
    private static final Map<Class<?>, String> NAMED = Map.of(
            Unit.class, IommuDriver.UNIT_NAME,
            AddressSpace.class, AddressSpace.NAME,
            Domain.class, Domain.NAME,
            Endpoint.class, Endpoint.DEVICE_NAME);

    /** Groups whose answer the device has, and which a worker is just taking out of the list of pending groups. */
    private static final int SPARE = 16;

    private static final String SPACE_PID = "io.pgfault.sva.space~";

    private final BundleContext context;
    private final ConfigurationAdmin configurations;

    public Platform(BundleContext context, ConfigurationAdmin configurations) {
        this.context = context;
        this.configurations = configurations;
    }

    /**
     * Makes the configurations of a platform, and waits until every unit, device, domain and address space that they
     * name is a service. A configuration of another owner with one of the PIDs is left alone, and so is everything else
     * then.
     *
     * @return what takes these configurations away again
     * @throws BadInput if a PID has a configuration already, or a service does not come up
     */
    public Configured configure(PlatformFile file) throws IOException, InterruptedException {
        readMaps(file);
        checkHost(file);
        refuseTaken(file);
        List<Configuration> made = new ArrayList<>();
        Configured configured = new Configured(this, made, file);
        try {
            make(file, made);
            awaitAll(file);
        } catch (IOException | InterruptedException e) {
            configured.close();
            throw e;
        }
        return configured;
    }

    private void make(PlatformFile file, List<Configuration> made) throws IOException {
        for (Map.Entry<String, Dictionary<String, Object>> entry :
                file.configurations().entrySet()) {
            String pid = entry.getKey();
            int tilde = pid.indexOf('~');
            Configuration configuration = tilde < 0
                    ? configurations.getConfiguration(pid, "?")
                    : configurations.getFactoryConfiguration(pid.substring(0, tilde), pid.substring(tilde + 1), "?");
            configuration.update(entry.getValue());
            made.add(configuration);
        }
    }

    private void awaitAll(PlatformFile file) throws IOException, InterruptedException {
        for (Map.Entry<String, Dictionary<String, Object>> entry :
                file.configurations().entrySet()) {
            awaitNamed(file, entry.getKey(), entry.getValue(), Unit.class, IommuDriver.UNIT_NAME);
            awaitNamed(file, entry.getKey(), entry.getValue(), PhysicalMemory.class, BuiltInPlatform.FRAMES);
            awaitNamed(file, entry.getKey(), entry.getValue(), AddressSpace.class, AddressSpace.NAME);
            awaitNamed(file, entry.getKey(), entry.getValue(), Domain.class, Domain.NAME);
            awaitNamed(file, entry.getKey(), entry.getValue(), Endpoint.class, Endpoint.DEVICE_NAME);
        }
    }

    /** As {@link #configure(PlatformFile)}, for the built-in platform of a command. */
    public Configured configure(JsonObject json) throws IOException, InterruptedException {
        return configure(PlatformFile.of("the built-in platform", json));
    }

    /** Reads the maps of the address spaces, so that the command names a broken line. */
    private static void readMaps(PlatformFile file) throws IOException {
        for (Map.Entry<String, Dictionary<String, Object>> entry :
                file.configurations().entrySet()) {
            Object maps =
                    entry.getKey().startsWith(SPACE_PID) ? entry.getValue().get("maps") : null;
            if (maps != null && !maps.toString().isEmpty()) {
                MapsFile.read(Path.of(maps.toString()));
            }
        }
    }

    /**
     * Refuses a platform that names a PID with a configuration, so that no command overwrites the configuration of an
     * operator.
     */
    private void refuseTaken(PlatformFile file) throws IOException {
        for (Map.Entry<String, Dictionary<String, Object>> entry :
                file.configurations().entrySet()) {
            String pid = entry.getKey();
            for (Map.Entry<Class<?>, String> named : NAMED.entrySet()) {
                refuseTaken(file, entry.getValue(), named.getKey(), named.getValue());
            }
            if (configuration("(service.pid=" + escape(pid) + ")").isPresent()) {
                throw new BadInput(
                        "%s: %s is configured already in this platform; name the instance differently, or leave"
                                        .formatted(file.name(), pid)
                                + " --platform out to use the running platform");
            }
        }
    }

    private void refuseTaken(PlatformFile file, Dictionary<String, Object> properties, Class<?> type, String key)
            throws BadInput {
        Object name = properties.get(key);
        if (name != null && references(type).stream().anyMatch(reference -> name.equals(reference.getProperty(key)))) {
            throw new BadInput("%s: %s \"%s\" is taken in this platform; give the instance another name, or leave"
                            .formatted(file.name(), key, name)
                    + " --platform out to use the running platform");
        }
    }

    private Optional<Configuration> configuration(String filter) throws IOException {
        try {
            Configuration[] found = configurations.listConfigurations(filter);
            return found == null ? Optional.empty() : Optional.of(found[0]);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("filter " + filter, e);
        }
    }

    /**
     * Returns how many groups of one device a command may have in flight: the least bound of the core's configuration
     * (rule C15), less an eighth, because a worker takes a group out of the list of pending groups after the device has
     * its answer.
     */
    public int groupsInFlight() throws IOException {
        int least = DEFAULT_BOUND;
        Optional<Configuration> core = configuration("(service.pid=" + CORE_PID + ")");
        if (core.isPresent()) {
            for (String bound : List.of("pending.per.device", "work.depth", "requests.per.device")) {
                Object value = core.get().getProperties().get(bound);
                if (value != null) {
                    least = Math.min(least, bound(bound, value));
                }
            }
        }
        return Math.max(1, least - Math.max(SPARE, least / 8));
    }

    private static int bound(String name, Object value) throws BadInput {
        try {
            return Integer.parseInt(value.toString().strip());
        } catch (NumberFormatException e) {
            throw new BadInput(CORE_PID + ": " + name + " = " + value + " is no number", e);
        }
    }

    /** Asks each driver for missing hardware, so that the command names the obstacle. */
    private void checkHost(PlatformFile file) throws IOException {
        for (ServiceReference<HostCheck> reference : references(HostCheck.class)) {
            HostCheck check = context.getService(reference);
            for (Map.Entry<String, Dictionary<String, Object>> entry :
                    file.configurations().entrySet()) {
                String factoryPid = entry.getKey().replaceFirst("~.*", "");
                Optional<String> obstacle = check == null
                        ? Optional.empty()
                        : check.obstacle(factoryPid, FrameworkUtil.asMap(entry.getValue()));
                if (obstacle.isPresent()) {
                    throw new BadInput(obstacle.get());
                }
            }
        }
    }

    private void awaitNamed(
            PlatformFile file, String pid, Dictionary<String, Object> properties, Class<?> type, String key)
            throws IOException, InterruptedException {
        Object name = properties.get(key);
        if (name == null) {
            return;
        }
        if (await(type, key, name.toString()).isEmpty()) {
            throw new BadInput(
                    "%s: %s (%s \"%s\") did not come up; is what it refers to configured and its bundle started?"
                            .formatted(file.name(), pid, key, name));
        }
    }

    /** Waits until no service has a name of the file any more, at most for the patience. */
    private void awaitGone(PlatformFile file) {
        try {
            for (Dictionary<String, Object> properties : file.configurations().values()) {
                for (Map.Entry<Class<?>, String> named : NAMED.entrySet()) {
                    Object name = properties.get(named.getValue());
                    if (name != null) {
                        awaitGone(named.getKey(), named.getValue(), name.toString());
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitGone(Class<?> type, String key, String value) throws InterruptedException {
        CountDownLatch gone = new CountDownLatch(1);
        ServiceTracker<Object, ServiceReference<Object>> tracker =
                new ServiceTracker<>(context, filter(type, key, value), null) {
                    @Override
                    public ServiceReference<Object> addingService(ServiceReference<Object> reference) {
                        return reference;
                    }

                    @Override
                    public void removedService(ServiceReference<Object> reference, ServiceReference<Object> service) {
                        gone.countDown();
                    }
                };
        tracker.open();
        try {
            if (!tracker.isEmpty()) {
                gone.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } finally {
            tracker.close();
        }
    }

    private static Filter filter(Class<?> type, String key, String value) {
        String filter = "(&(%s=%s)(%s=%s))".formatted(Constants.OBJECTCLASS, type.getName(), key, escape(value));
        try {
            return FrameworkUtil.createFilter(filter);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("filter " + filter, e);
        }
    }

    private <T> Optional<T> await(Class<T> type, String key, String value) throws InterruptedException {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context, filter(type, key, value), null);
        tracker.open();
        try {
            return Optional.ofNullable(tracker.waitForService(PATIENCE_MILLIS));
        } finally {
            tracker.close();
        }
    }

    /**
     * Waits for the one service of a type.
     *
     * @throws BadInput if no such service comes up in time
     */
    public <T> T service(Class<T> type) throws IOException, InterruptedException {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context, type, null);
        tracker.open();
        try {
            T service = tracker.waitForService(PATIENCE_MILLIS);
            if (service == null) {
                throw new BadInput("no service " + type.getName() + ": is the bundle that provides it started?");
            }
            return service;
        } finally {
            tracker.close();
        }
    }

    /**
     * Registers a handler, until the caller unregisters the handler or the framework stops.
     *
     * @param kind the kind of domain it serves
     * @param inline whether it may be called on the event thread
     */
    public ServiceRegistration<FaultHandler> serve(String kind, boolean inline, FaultHandler handler) {
        return context.registerService(
                FaultHandler.class,
                handler,
                FrameworkUtil.asDictionary(Map.of(FaultHandler.DOMAIN_KIND, kind, FaultHandler.INLINE, inline)));
    }

    /** Returns the units, in order of name. */
    public List<Unit> units() {
        return services(Unit.class, IommuDriver.UNIT_NAME);
    }

    /** Returns the endpoints, in order of name. */
    public List<Endpoint> endpoints() {
        return services(Endpoint.class, Endpoint.DEVICE_NAME);
    }

    /**
     * The endpoint of that name. No other endpoint is asked for: to ask for a component that failed would make the
     * container try it again.
     *
     * @throws BadInput if there is none
     */
    public Endpoint endpoint(String name) throws BadInput {
        return references(Endpoint.class).stream()
                .filter(reference -> name.equals(reference.getProperty(Endpoint.DEVICE_NAME)))
                .map(context::getService)
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new BadInput("no device " + name
                        + "; the command devices lists the devices, and the command status says what is broken"));
    }

    /** The kinds of the units' drivers by unit. No driver is asked for, see {@link #endpoint}. */
    public Map<String, String> unitKinds() {
        return properties(IommuDriver.class, IommuDriver.UNIT_NAME, IommuDriver.UNIT_KIND);
    }

    /** The kinds of the domains that have a name as a service. No domain is asked for, see {@link #endpoint}. */
    public Map<String, String> domainKinds() {
        return properties(Domain.class, Domain.NAME, FaultHandler.DOMAIN_KIND);
    }

    /** The units of the devices by name of the device, as the core sees them now; empty without a core. */
    public Map<String, String> deviceUnits() {
        Map<String, String> found = new TreeMap<>();
        watch().ifPresent(watch ->
                watch.devices().forEach(device -> found.merge(device.name(), device.unit(), (a, b) -> a)));
        return found;
    }

    /** The kinds of domain of the handlers by name of the handler; empty without a core. */
    public Map<String, String> handlerKinds() {
        Map<String, String> found = new TreeMap<>();
        watch().ifPresent(watch -> watch.handlers()
                .forEach(handler -> found.merge(handler.name(), handler.kind(), (a, b) -> a + ", " + b)));
        return found;
    }

    /** The core's view for operators, without waiting for it. */
    private Optional<FaultWatch> watch() {
        return references(FaultWatch.class).stream().findFirst().map(context::getService);
    }

    private Map<String, String> properties(Class<?> type, String key, String value) {
        Map<String, String> found = new TreeMap<>();
        for (ServiceReference<?> reference : references(type)) {
            if (reference.getProperty(key) instanceof String name) {
                found.put(name, String.valueOf(Objects.requireNonNullElse(reference.getProperty(value), "")));
            }
        }
        return found;
    }

    /** Returns the domains that can be attached, in order of name. */
    public List<Domain> domains() {
        return services(Domain.class, Domain.NAME);
    }

    /** Returns the address spaces that have a configuration, in order of name. */
    public List<AddressSpace> spaces() {
        return services(AddressSpace.class, AddressSpace.NAME);
    }

    private <T> List<T> services(Class<T> type, String key) {
        return references(type).stream()
                .sorted((a, b) -> String.valueOf(a.getProperty(key)).compareTo(String.valueOf(b.getProperty(key))))
                .map(context::getService)
                .filter(service -> service != null)
                .toList();
    }

    /** Returns the references to all services of a type. */
    public <T> Collection<ServiceReference<T>> references(Class<T> type) {
        try {
            return context.getServiceReferences(type, null);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("no filter was given", e);
        }
    }

    /** Raises the framework to a start level, and returns when the bundles up to that level have started. */
    public void startLevel(int level) throws InterruptedException {
        CountDownLatch reached = new CountDownLatch(1);
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkStartLevel.class)
                .setStartLevel(level, event -> {
                    if (event.getType() == FrameworkEvent.STARTLEVEL_CHANGED) {
                        reached.countDown();
                    }
                });
        reached.await();
    }

    private static String escape(String value) {
        return value.replaceAll("([\\\\*()])", "\\\\$1");
    }

    /**
     * Configurations that a command has made, and takes away again.
     *
     * @param platform where the configurations were made; null if the command uses the running platform
     * @param made in the order of making
     * @param file where they come from; null if the command uses the running platform
     */
    public record Configured(Platform platform, List<Configuration> made, PlatformFile file) implements AutoCloseable {
        /** The running platform: nothing is made, and nothing is taken away. */
        public static Configured running() {
            return new Configured(null, List.of(), null);
        }

        /** Whether the command may use a unit: its own unit if it has made one, else every unit. */
        public boolean offers(Unit unit) {
            return offers(IommuDriver.UNIT_NAME, unit.name());
        }

        /** Whether the command may use an address space: its own space if it has made one, else every space. */
        public boolean offers(AddressSpace space) {
            return offers(AddressSpace.NAME, space.name());
        }

        private boolean offers(String key, String name) {
            if (file == null) {
                return true;
            }
            List<Object> own = file.configurations().entrySet().stream()
                    // Endpoints name a unit or a space by a filter; only units and spaces have the plain property.
                    .map(entry -> entry.getValue().get(key))
                    .filter(value -> value != null)
                    .toList();
            return own.isEmpty() || own.contains(name);
        }

        /** Deletes the configurations, and returns when their services have gone. */
        @Override
        public void close() throws IOException {
            try {
                for (int i = made.size() - 1; i >= 0; i--) {
                    made.get(i).delete();
                }
                if (platform != null) {
                    platform.awaitGone(file);
                }
            } catch (IllegalStateException e) {
                // Configuration Admin or this bundle has been stopped: the container is ending, and takes all along.
                LOG.log(System.Logger.Level.DEBUG, "the container ended before the platform was closed", e);
            }
        }
    }
}
