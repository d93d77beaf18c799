// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.Permissions;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.parts.service.RegisteredServices;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
import org.osgi.service.metatype.annotations.Option;

/**
 * An address space made from configuration. The component closes the address space when the configuration goes.
 *
 * <p>The component registers the {@code AddressSpace} itself instead of through Declarative Services. An invalid
 * configuration then logs one message and registers nothing; an exception from the constructor would make the container
 * log a stack trace.
 */
@Component(
        service = {},
        configurationPid = "io.pgfault.sva.space",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = ConfiguredAddressSpace.Config.class, factory = true)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.pgfault.api.sva.AddressSpace\"",
        uses = AddressSpace.class)
public final class ConfiguredAddressSpace {
    private static final System.Logger LOG = System.getLogger(ConfiguredAddressSpace.class.getName());

    /**
     * Grants everything everywhere. The area is shared, so that a page that was read doesn't fault again on a write.
     */
    private static final Area EVERYTHING =
            new Area(0, -1L, Permissions.READ | Permissions.WRITE | Permissions.EXEC, true, 0, "");

    /** The configuration of an address space. */
    @ObjectClassDefinition(
            name = "Address space",
            description = "An address space that devices can be bound to, registered as a service.")
    public @interface Config {
        /** {@link AddressSpace#NAME}. */
        @AttributeDefinition(name = "Name", description = "The name by which devices find the address space.")
        String io_pgfault_address_space_name();

        /** {@code maps}: the path of a maps file. */
        @AttributeDefinition(
                name = "Maps",
                description = "Path of a file in the format of /proc/PID/maps that lists the areas."
                        + " Empty: every access to every address is granted.",
                required = false)
        String maps() default "";

        /** {@code memory}: whether the areas of the maps file have memory. */
        @AttributeDefinition(
                name = "Memory",
                description = "With a maps file: its areas have memory. Areas of files show the files, and writes stay"
                        + " private. Areas without a name, heaps and stacks are zeros at first. Areas that can't"
                        + " be read here (devices, deleted files, the kernel's own pages) fault as INVALID. Off:"
                        + " pages are only accounted.")
        boolean memory() default false;

        /** {@code empty}: whether the address space begins without areas. */
        @AttributeDefinition(
                name = "Empty",
                description =
                        "Without a maps file: the address space has no areas until a bundle maps areas, which have"
                                + " memory. Off: every access to every address is granted, without memory.")
        boolean empty() default false;

        /** {@code format}: of the page table of an address space with memory. */
        @AttributeDefinition(
                name = "Format",
                description = "Of an address space with memory: the format of its page table. A unit of that"
                        + " architecture walks the page table itself; every other unit works too, through calls.",
                options = {
                    @Option(label = "x86-64, four levels", value = "x86-64-4"),
                    @Option(label = "x86-64, five levels", value = "x86-64-5"),
                    @Option(label = "AArch64, four levels", value = "aarch64")
                },
                required = false)
        String format() default FormatName.DEFAULT;
    }

    /** {@code null} if the configuration makes no address space. */
    private final AddressSpace space;

    private final RegisteredServices services;

    /** Reads the areas and registers the service, or says why the configuration makes none. */
    @Activate
    public ConfiguredAddressSpace(
            BundleContext context, Map<String, Object> properties, Config config, @Reference SystemMemory memory) {
        AddressSpace made = null;
        RegisteredServices registered;
        try {
            made = create(config, memory);
            registered = new RegisteredServices(context, properties, made, AddressSpace.class);
        } catch (IllegalArgumentException e) {
            LOG.log(System.Logger.Level.WARNING, e.getMessage());
            LOG.log(System.Logger.Level.DEBUG, "the same with its stack trace", e);
            registered = RegisteredServices.refused(context, properties, e.getMessage());
        }
        this.space = made;
        this.services = registered;
    }

    /**
     * Makes the address space.
     *
     * @throws IllegalArgumentException if the name is missing, or the maps file can't be read or is malformed; the
     *     message names place and remedy
     */
    static AddressSpace create(Config config, SystemMemory memory) {
        String name = config.io_pgfault_address_space_name();
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("an address space of io.pgfault.sva.space has no name: set "
                    + AddressSpace.NAME + " in its configuration");
        }
        String maps = config.maps();
        if (maps == null || maps.isBlank()) {
            return config.empty()
                    ? new RootedAddressSpace(name, FormatName.parse(name, config.format()), memory)
                    : new ProcessAddressSpace(name, List.of(EVERYTHING), memory);
        }
        List<Area> areas = new RecordedMaps(name, Path.of(maps)).areas();
        return config.memory()
                ? RootedAddressSpace.withMemory(name, areas, FormatName.parse(name, config.format()), memory)
                : new ProcessAddressSpace(name, areas, memory);
    }

    @Deactivate
    void deactivate() {
        services.unregister();
        if (space != null) {
            space.close();
        }
    }
}
