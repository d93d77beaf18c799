// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.api.watch.AnsweredGroups;
import io.pgfault.api.watch.DomainClient;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import io.pgfault.api.watch.WatchedClient;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.api.watch.WatchedHandler;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The core in its container: binds handlers and drivers as they come and go, and registers {@link IoPageFaults} and
 * {@link FaultWatch}.
 */
@Component(
        service = {IoPageFaults.class, FaultWatch.class},
        immediate = true,
        configurationPid = "io.pgfault.core")
@Designate(ocd = IoPageFaultsComponent.Config.class)
public final class IoPageFaultsComponent implements IoPageFaults, FaultWatch {
    private static final System.Logger LOG = System.getLogger(IoPageFaultsComponent.class.getName());

    private final IoPageFaultCore core;

    /** The configuration of the core. */
    @ObjectClassDefinition(name = "I/O page fault core", description = "Times and bounds of the fault framework.")
    public @interface Config {
        @AttributeDefinition(
                name = "Deadline",
                description = "Milliseconds after which a group that nobody answered is answered INVALID.",
                min = "1")
        long deadline_millis() default 10_000;

        @AttributeDefinition(
                name = "Grace time",
                description = "Milliseconds in which a handler that left may still answer the groups it took.",
                min = "0")
        long grace_millis() default 1_000;

        @AttributeDefinition(
                name = "Park time",
                description = "Milliseconds for which a group waits for a handler to come back.",
                min = "0")
        long park_millis() default 1_000;

        @AttributeDefinition(
                name = "Parked groups",
                description = "How many groups of one kind of domain may wait for a handler to come back.",
                min = "0")
        int parked_groups() default 65_536;

        @AttributeDefinition(
                name = "Partials per device",
                description = "How many requests of groups that aren't closed are kept for each device.",
                min = "1")
        int partials_per_device() default 4_096;

        @AttributeDefinition(
                name = "Pending groups per device",
                description = "How many groups of each device may wait for their answer.",
                min = "1")
        int pending_per_device() default 65_536;

        @AttributeDefinition(
                name = "Requests per device",
                description = "How many requests, beside each group's last, the pending groups of a device may hold.",
                min = "1")
        int requests_per_device() default 524_288;

        @AttributeDefinition(
                name = "Workers",
                description = "Threads of each fault queue; 0 for as many as there are processors.",
                min = "0")
        int workers() default 0;

        @AttributeDefinition(
                name = "Work depth",
                description = "How much work of each device may wait for the workers of its fault queue.",
                min = "1")
        int work_depth() default 65_536;
    }

    @Activate
    public IoPageFaultsComponent(Config config) {
        core = new IoPageFaultCore(
                new Settings(
                        TimeUnit.MILLISECONDS.toNanos(config.deadline_millis()),
                        TimeUnit.MILLISECONDS.toNanos(config.grace_millis()),
                        TimeUnit.MILLISECONDS.toNanos(config.park_millis()),
                        config.parked_groups(),
                        config.partials_per_device(),
                        config.pending_per_device(),
                        config.requests_per_device(),
                        config.workers() == 0 ? Runtime.getRuntime().availableProcessors() : config.workers(),
                        config.work_depth()),
                System::nanoTime);
        core.startTimer();
    }

    @Deactivate
    void deactivate() {
        core.close();
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY,
            updated = "bindHandler")
    void bindHandler(FaultHandler handler, Map<String, ?> properties) {
        Set<String> kinds = kinds(properties.get(FaultHandler.DOMAIN_KIND));
        if (kinds.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "handler {0} gets no groups: set its service property {1} to the kinds of domain it serves",
                    handler,
                    FaultHandler.DOMAIN_KIND);
        }
        core.addHandler(
                handler,
                name(handler, properties),
                serviceId(properties),
                properties.get("service.ranking") instanceof Integer ranking ? ranking : 0,
                isTrue(properties.get(FaultHandler.INLINE)),
                kinds);
    }

    /** The bundle that registered the service and the service id; without a container the class stands for a bundle. */
    private static String name(FaultHandler handler, Map<String, ?> properties) {
        Bundle own = FrameworkUtil.getBundle(IoPageFaultsComponent.class);
        Bundle registrar = own != null && properties.get("service.bundleid") instanceof Long id
                ? own.getBundleContext().getBundle(id)
                : null;
        return (registrar == null ? handler.getClass().getName() : registrar.getSymbolicName())
                + "/"
                + serviceId(properties);
    }

    void unbindHandler(FaultHandler handler, Map<String, ?> properties) {
        core.removeHandler(serviceId(properties));
    }

    // A driver is bound by its properties alone: to get the service would activate a driver that waits for this core.
    @Reference(
            service = IommuDriver.class,
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindDriver(Map<String, ?> properties) {
        if (properties.get(IommuDriver.UNIT_NAME) instanceof String unit) {
            core.addDriver(unit, serviceId(properties));
        }
    }

    void unbindDriver(Map<String, ?> properties) {
        if (properties.get(IommuDriver.UNIT_NAME) instanceof String unit) {
            core.removeDriver(unit, serviceId(properties));
        }
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindClient(DomainClient client) {
        core.clients().add(client);
    }

    void unbindClient(DomainClient client) {
        core.clients().remove(client);
    }

    private static long serviceId(Map<String, ?> properties) {
        return (Long) properties.get("service.id");
    }

    private static boolean isTrue(Object property) {
        return property != null && Boolean.parseBoolean(property.toString());
    }

    private static Set<String> kinds(Object property) {
        if (property instanceof String kind) {
            return Set.of(kind);
        }
        return property instanceof String[] kinds ? Set.copyOf(List.of(kinds)) : Set.of();
    }

    @Override
    public List<WatchedDevice> devices() {
        return core.watch().devices();
    }

    @Override
    public List<PendingGroup> pending() {
        return core.watch().pending();
    }

    @Override
    public List<WatchedHandler> handlers() {
        return core.watch().handlers();
    }

    @Override
    public List<WatchedClient> clients() {
        return core.watch().clients();
    }

    @Override
    public List<AnsweredGroups> answered() {
        return core.watch().answered();
    }

    @Override
    public List<Trouble> troubles() {
        return core.watch().troubles();
    }

    @Override
    public long deadlineNanos() {
        return core.watch().deadlineNanos();
    }

    @Override
    public FaultQueue allocate(String name) {
        return core.allocate(name);
    }

    @Override
    public List<FaultQueue> queues() {
        return core.queues();
    }

    @Override
    public Device probe(IommuDriver driver, String unit, String name, int id) {
        return core.probe(driver, unit, name, id);
    }

    @Override
    public void release(Device device) {
        core.release(device);
    }

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
        return core.report(device, flags, pasid, groupId, permissions, address, private0, private1);
    }

    @Override
    public void reject(Device device, int flags, int pasid, int groupId, long private0, long private1) {
        core.reject(device, flags, pasid, groupId, private0, private1);
    }

    @Override
    public Domain allocateDomain(String kind, String name, PageTable pageTable, boolean nested) {
        return core.allocateDomain(kind, name, pageTable, nested);
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        core.attach(device, pasid, domain);
    }

    @Override
    public boolean replace(Device device, int pasid, Domain expected, Domain domain) {
        return core.replace(device, pasid, expected, domain);
    }

    @Override
    public List<Device> devices(Domain domain, int pasid) {
        return core.devices(domain, pasid);
    }

    @Override
    public void detach(Device device, int pasid) {
        core.detach(device, pasid);
    }

    @Override
    public void detach(Domain domain) {
        core.detach(domain);
    }

    @Override
    public void drain(Device device, int pasid) throws InterruptedException {
        core.drain(device, pasid);
    }

    @Override
    public void invalidate(Domain domain, long first, long last) {
        core.invalidate(domain, first, last);
    }

    @Override
    public void invalidate(Domain domain, FirstStageInvalidation invalidation) {
        core.invalidate(domain, invalidation);
    }
}
