// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.Domain;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.watch.DomainClient;
import io.pgfault.parts.service.RegisteredServices;
import io.pgfault.userfault.internal.memory.GuestMemory;
import io.pgfault.userfault.internal.memory.MemoryFile;
import io.pgfault.userfault.spec.ControlRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * A fault queue for user space (kernel: {@code struct iommufd_fault}) and its domain of kind {@code user}, one of each
 * per configuration. The queue registers its domain as a service, to which devices are attached. When the configuration
 * is deleted, the core detaches the domain from every device, and the queue answers every pending group INVALID.
 */
@Capability(namespace = "osgi.service", attribute = "objectClass:List<String>=\"io.pgfault.api.Domain\"")
@Component(
        service = {},
        configurationPid = UserFaultQueue.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = UserFaultQueue.Config.class, factory = true)
public final class UserFaultQueue {
    /** The factory PID. */
    static final String PID = "io.pgfault.userfault";

    private static final System.Logger LOG = System.getLogger(UserFaultQueue.class.getName());

    private final AtomicBoolean deactivated = new AtomicBoolean();
    private final UserDomain domain;
    private final ServiceRegistration<Domain> registration;
    /** Whether the domain has a client, as a service. */
    private final RegisteredServices presence;

    /**
     * Configuration of one queue. An underscore stands for a dot: {@code io.pgfault.domain.name}, {@code in.flight}.
     */
    @ObjectClassDefinition(
            name = "I/O page faults: user space",
            description = "A domain whose faults another process resolves, and the socket where it gets them.")
    @interface Config {
        @AttributeDefinition(name = "Name", description = "The domain's name, by which devices are attached to it.")
        String io_pgfault_domain_name();

        @AttributeDefinition(
                name = "Socket",
                description = "Path of the Unix domain socket, up to 107 bytes; its folder must exist.")
        String socket();

        @AttributeDefinition(name = "Mode", description = "Permissions of the socket's file, octal.")
        String mode() default "0600";

        @AttributeDefinition(
                name = "Peers",
                required = false,
                description = "Names of the users whose processes may connect. Empty: the user of this process.")
        String[] peers() default {};

        @AttributeDefinition(
                name = "In flight",
                description = "How many groups the client may have and not have answered, 1 to 65536.")
        int in_flight() default 1024;

        @AttributeDefinition(
                name = "Waiting",
                description = "How many more groups may wait for the client, 1 to 1048576; others are INVALID.")
        int waiting() default 65_536;

        @AttributeDefinition(
                name = "Grace time",
                description = "Milliseconds for which groups wait when there is no client.",
                min = "0")
        long grace_millis() default 1_000;

        @AttributeDefinition(
                name = "Pages",
                description =
                        "How many pages of the domain may be present, 1 to 268435456; a SUCCESS beyond is refused.")
        int pages() default 1 << 20;

        @AttributeDefinition(
                name = "Memory",
                required = false,
                description = "Path of a file of whole pages that the client maps too: the memory that devices read and"
                        + " write. Empty: accesses succeed, and there are no bytes.")
        String memory() default "";

        @AttributeDefinition(
                name = "Memory base",
                description = "The address of the memory's first byte: decimal, or 0x and hexadecimal; whole pages.")
        String memory_base() default "0";

        @AttributeDefinition(
                name = "Memory offset",
                description = "With nested: where the client's memory starts in the file: decimal, or 0x and"
                        + " hexadecimal; whole pages. Not 0 if this process is a guest itself, whose own memory the"
                        + " file is.")
        String memory_offset() default "0";

        @AttributeDefinition(
                name = "Memory size",
                description = "With nested: how many bytes of the file are the client's memory; 0: all that follow.")
        String memory_size() default "0";

        @AttributeDefinition(
                name = "Nested",
                description = "none: the client makes pages present by its answers. vtd or smmuv3: the client attaches"
                        + " first stages of that architecture to the domain's devices, and the memory is their second"
                        + " stage.")
        String nested() default "none";

        @AttributeDefinition(
                name = "Events",
                required = false,
                description = "Path of the socket of unrecoverable events of first stages. Empty: units log them.")
        String events() default "";

        @AttributeDefinition(name = "Events' depth", description = "How many events may wait, 1 to 65536.")
        int events_depth() default 64;
    }

    /**
     * Opens the queue.
     *
     * @throws IOException if the socket can't be made; the message says why
     * @throws IllegalArgumentException if a property is out of range; the message says what to write
     */
    @Activate
    public UserFaultQueue(BundleContext context, @Reference IoPageFaults faults, Config config) throws IOException {
        String name = named(config.io_pgfault_domain_name(), Domain.NAME);
        QueueSettings settings = new QueueSettings(
                name,
                Path.of(named(config.socket(), "socket")),
                QueueSettings.mode(name, config.mode()),
                Set.of(config.peers()),
                inRange(name, "in.flight", config.in_flight(), 1 << 16),
                inRange(name, "waiting", config.waiting(), 1 << 20),
                TimeUnit.MILLISECONDS.toNanos(config.grace_millis()));
        this.domain = open(faults, settings, config);
        ServiceRegistration<Domain> registered = null;
        try {
            registered = context.registerService(
                    Domain.class,
                    domain.domain(),
                    FrameworkUtil.asDictionary(
                            Map.of(Domain.NAME, name, FaultHandler.DOMAIN_KIND, UserFaultHandler.DOMAIN_KIND)));
        } finally {
            if (registered == null) {
                domain.close();
            }
        }
        this.registration = registered;
        this.presence =
                new RegisteredServices(context, Map.of(Domain.NAME, name), domain.presence(), DomainClient.class);
        domain.start();
    }

    private UserDomain open(IoPageFaults faults, QueueSettings settings, Config config) throws IOException {
        String name = settings.name();
        int pages = inRange(name, "pages", config.pages(), 1 << 28);
        int type = type(name, config);
        long base = address(name, "memory.base", config.memory_base());
        if (type == ControlRecord.NONE) {
            Optional<MemoryFile> memory = config.memory().isBlank()
                    ? Optional.empty()
                    : Optional.of(new MemoryFile(Path.of(config.memory()), base));
            return UserDomain.of(faults, settings, pages, memory, this::failed);
        }
        Optional<Path> events = config.events().isBlank() ? Optional.empty() : Optional.of(Path.of(config.events()));
        int depth = events.isEmpty() ? 0 : inRange(name, "events.depth", config.events_depth(), 1 << 16);
        GuestMemory memory = new GuestMemory(
                name + ".memory",
                Path.of(config.memory()),
                base,
                address(name, "memory.offset", config.memory_offset()),
                address(name, "memory.size", config.memory_size()));
        return UserDomain.nested(faults, settings, type, memory, events, depth, this::failed);
    }

    private static int type(String name, Config config) {
        int type =
                switch (config.nested()) {
                    case "none" -> ControlRecord.NONE;
                    case "vtd" -> ControlRecord.VTD_S1;
                    case "smmuv3" -> ControlRecord.ARM_SMMUV3;
                    default ->
                        throw new IllegalArgumentException(
                                "domain %s: nested is none, vtd or smmuv3, got %s".formatted(name, config.nested()));
                };
        if (type != ControlRecord.NONE && config.memory().isBlank()) {
            throw new IllegalArgumentException("domain %s: nested is %s, so memory names the file of the guest's memory"
                    .formatted(name, config.nested()));
        }
        if (type == ControlRecord.NONE && !config.events().isBlank()) {
            throw new IllegalArgumentException(
                    "domain %s: there are events of first stages only; set nested, or no events".formatted(name));
        }
        return type;
    }

    /**
     * Called by the queue's thread as its last act. Another thread deactivates, because detaching waits for the queue.
     */
    private void failed() {
        Thread end = new Thread(
                this::deactivate, "io-pgfault-user-" + domain.domain().name() + "-end");
        end.setDaemon(true);
        end.start();
    }

    /** Unregisters and detaches the domain, then ends the queue. Called by DS, and after a failure. Idempotent. */
    @Deactivate
    void deactivate() {
        if (!deactivated.compareAndSet(false, true)) {
            return;
        }
        presence.unregister();
        try {
            registration.unregister();
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "the bundle is stopping, its services are unregistered already", e);
        }
        domain.close();
    }

    private static String named(String value, String property) {
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("a configuration of " + PID + " has no " + property + "; set it");
        }
        return value;
    }

    private static int inRange(String name, String property, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(
                    "domain %s: %s is 1 to %d, got %d".formatted(name, property, most, value));
        }
        return value;
    }

    private static long address(String name, String property, String value) {
        try {
            return value.startsWith("0x")
                    ? Long.parseUnsignedLong(value.substring(2), 16)
                    : Long.parseUnsignedLong(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "domain %s: %s is decimal or 0x and hexadecimal, got %s".formatted(name, property, value), e);
        }
    }
}
