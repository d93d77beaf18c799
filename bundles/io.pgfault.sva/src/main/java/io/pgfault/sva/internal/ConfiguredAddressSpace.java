// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Permissions;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * An address space made from configuration; it exits when its configuration goes. It registers the service itself: with a
 * configuration that makes none there is none, and a message that says so once, where an exception here would be shown with
 * its stack by the container.
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

    /** Grants everything everywhere; shared, so that a page faults once and not again when it is written to. */
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

        /** Path of a file. */
        @AttributeDefinition(
                name = "Maps",
                description = "Path of a file in the format of /proc/PID/maps that lists the areas."
                        + " Empty: every access to every address is granted.",
                required = false)
        String maps() default "";

        /** Real memory. */
        @AttributeDefinition(
                name = "Memory",
                description =
                        "With a maps file: its areas have memory. Those of files show the files, and what is written"
                                + " there stays private; those without a name, heaps and stacks are zeros at first. What can't be"
                                + " read here (devices, deleted files, the kernel's own pages) faults as INVALID. Else pages are"
                                + " only accounted.")
        boolean memory() default false;

        /** No areas. */
        @AttributeDefinition(
                name = "Empty",
                description = "Without a maps file: there are no areas until somebody maps some. Those have memory; the"
                        + " areas of a maps file, and those of a space that grants everything, have none.")
        boolean empty() default false;
    }

    private final AddressSpace space;
    private final ServiceRegistration<AddressSpace> registration;

    /** Reads the areas and registers the service, or says why not. */
    @Activate
    public ConfiguredAddressSpace(
            BundleContext context, Map<String, Object> properties, Config config, @Reference PageFrames frames) {
        AddressSpace made = null;
        try {
            made = create(config, frames);
        } catch (IllegalArgumentException e) {
            LOG.log(System.Logger.Level.ERROR, e.getMessage());
            LOG.log(System.Logger.Level.DEBUG, "in full", e);
        }
        this.space = made;
        this.registration = made == null
                ? null
                : context.registerService(AddressSpace.class, made, FrameworkUtil.asDictionary(visible(properties)));
    }

    /** What a service has of its component's properties: all but those with a dot before them. */
    private static Map<String, Object> visible(Map<String, Object> properties) {
        Map<String, Object> visible = new HashMap<>(properties);
        visible.keySet().removeIf(key -> key.startsWith("."));
        return visible;
    }

    /**
     * Makes the address space.
     *
     * @throws IllegalArgumentException if the name is missing, or the file can't be read or isn't what it should be; the
     *     message says where and what to do
     */
    static AddressSpace create(Config config, PageFrames frames) {
        String name = config.io_pgfault_address_space_name();
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("an address space of io.pgfault.sva.space has no name: set "
                    + AddressSpace.NAME + " in its configuration");
        }
        String maps = config.maps();
        if (maps == null || maps.isBlank()) {
            return new ProcessAddressSpace(name, config.empty() ? List.of() : List.of(EVERYTHING), frames);
        }
        List<Area> areas = new MapsFile(name, Path.of(maps)).areas();
        return config.memory()
                ? ProcessAddressSpace.withMemory(name, areas, frames)
                : new ProcessAddressSpace(name, areas, frames);
    }

    @Deactivate
    void deactivate() {
        if (registration != null) {
            registration.unregister();
            space.close();
        }
    }
}
