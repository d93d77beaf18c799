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
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The units, devices and address spaces that are there, and how new ones come to be: by configurations, as everybody
 * else would make them. Any thread.
 */
public final class Platform {
    /** What has been configured has to come up within this time. */
    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(10);

    private static final String SPACE_PID = "io.pgfault.sva.space~";

    private final BundleContext context;
    private final ConfigurationAdmin configurations;

    public Platform(BundleContext context, ConfigurationAdmin configurations) {
        this.context = context;
        this.configurations = configurations;
    }

    /**
     * Makes the configurations and waits until every unit, device, domain and address space that they name is there.
     *
     * @return what takes the configurations away again
     * @throws BadInput if one does not come up
     */
    public Configured configure(PlatformFile file) throws IOException, InterruptedException {
        readMaps(file);
        checkHost(file);
        List<Configuration> made = new ArrayList<>();
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
        Configured configured = new Configured(made);
        try {
            for (Map.Entry<String, Dictionary<String, Object>> entry :
                    file.configurations().entrySet()) {
                awaitNamed(file, entry.getKey(), entry.getValue(), Unit.class, IommuDriver.UNIT_NAME);
                awaitNamed(file, entry.getKey(), entry.getValue(), PhysicalMemory.class, BuiltInPlatform.FRAMES);
                awaitNamed(file, entry.getKey(), entry.getValue(), AddressSpace.class, AddressSpace.NAME);
                awaitNamed(file, entry.getKey(), entry.getValue(), Domain.class, Domain.NAME);
                awaitNamed(file, entry.getKey(), entry.getValue(), Endpoint.class, Endpoint.DEVICE_NAME);
            }
        } catch (IOException | InterruptedException e) {
            configured.close();
            throw e;
        }
        return configured;
    }

    /** As {@link #configure(PlatformFile)}, for a platform that the command makes for itself. */
    public Configured configure(JsonObject json) throws IOException, InterruptedException {
        return configure(PlatformFile.of("the built-in platform", json));
    }

    /** Reads the maps that address spaces are to be made of, so that a broken line is named here and now. */
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

    /** Asks the drivers whose hardware may be missing, so that what is in the way is named here and now. */
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

    private <T> Optional<T> await(Class<T> type, String key, String value) throws InterruptedException {
        String filter = "(&(%s=%s)(%s=%s))".formatted(Constants.OBJECTCLASS, type.getName(), key, escape(value));
        ServiceTracker<T, T> tracker;
        try {
            tracker = new ServiceTracker<>(context, FrameworkUtil.createFilter(filter), null);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("filter " + filter, e);
        }
        tracker.open();
        try {
            return Optional.ofNullable(tracker.waitForService(PATIENCE_MILLIS));
        } finally {
            tracker.close();
        }
    }

    /**
     * The one service of a type.
     *
     * @throws BadInput if it isn't there
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
     * Registers a handler, until the framework stops.
     *
     * @param kind the kind of domain it serves
     * @param inline whether it may be called on the event thread
     */
    public void serve(String kind, boolean inline, FaultHandler handler) {
        context.registerService(
                FaultHandler.class,
                handler,
                FrameworkUtil.asDictionary(Map.of(FaultHandler.DOMAIN_KIND, kind, FaultHandler.INLINE, inline)));
    }

    /** The units there are, in order of name. */
    public List<Unit> units() {
        return services(Unit.class, IommuDriver.UNIT_NAME);
    }

    /** The endpoints there are, in order of name. */
    public List<Endpoint> endpoints() {
        return services(Endpoint.class, Endpoint.DEVICE_NAME);
    }

    /**
     * The endpoint of that name.
     *
     * @throws BadInput if there is none
     */
    public Endpoint endpoint(String name) throws BadInput {
        return endpoints().stream()
                .filter(e -> e.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new BadInput("no device " + name + "; see iopf devices"));
    }

    /** The domains that are there to be attached, in order of name. */
    public List<Domain> domains() {
        return services(Domain.class, Domain.NAME);
    }

    /** The address spaces that were made from configuration, in order of name. */
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

    /** The references to all services of a type. */
    public <T> Collection<ServiceReference<T>> references(Class<T> type) {
        try {
            return context.getServiceReferences(type, null);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("no filter was given", e);
        }
    }

    /** Starts what waits at a start level, and what is below; returns when all of it is started. */
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

    /** Configurations that were made and can be taken away again. */
    public record Configured(List<Configuration> made) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            for (int i = made.size() - 1; i >= 0; i--) {
                made.get(i).delete();
            }
        }
    }
}
