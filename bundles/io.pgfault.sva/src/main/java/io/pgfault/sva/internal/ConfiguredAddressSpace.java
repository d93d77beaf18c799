// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.Permissions;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.nio.file.Path;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** An address space made from configuration; it exits when its configuration goes. */
@Component(
        service = AddressSpace.class,
        configurationPid = "io.pgfault.sva.space",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = ConfiguredAddressSpace.Config.class, factory = true)
public final class ConfiguredAddressSpace extends ProcessAddressSpace {
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

        /** No areas. */
        @AttributeDefinition(
                name = "Empty",
                description = "Without a maps file: there are no areas until somebody maps some. Those have memory; the"
                        + " areas of a maps file, and those of a space that grants everything, have none.")
        boolean empty() default false;
    }

    /**
     * Reads the areas.
     *
     * @throws IllegalArgumentException if the name is missing, or the file can't be read or isn't what it should be; the
     *     message says where and what to do
     */
    @Activate
    public ConfiguredAddressSpace(Config config, @Reference PageFrames frames) {
        super(name(config), areas(config), frames);
    }

    private static String name(Config config) {
        String name = config.io_pgfault_address_space_name();
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("an address space of io.pgfault.sva.space has no name: set "
                    + AddressSpace.NAME + " in its configuration");
        }
        return name;
    }

    private static List<Area> areas(Config config) {
        String maps = config.maps();
        if (maps == null || maps.isBlank()) {
            return config.empty() ? List.of() : List.of(EVERYTHING);
        }
        return new MapsFile(name(config), Path.of(maps)).areas();
    }

    @Deactivate
    void deactivate() {
        close();
    }
}
