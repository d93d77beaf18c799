// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.DrivesUnits;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.parts.UnitLogger;
import io.pgfault.parts.service.Once;
import io.pgfault.parts.service.RegisteredServices;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
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
 * Makes an SMMUv3 of a factory configuration and registers two services: the {@link Unit} for devices and the {@link
 * IommuDriver} for the core.
 *
 * <p>The component registers the services itself, for two reasons. A configuration that makes no unit, because its
 * numbers are wrong or its name is taken, gets one line in the log and registers nothing, so no other unit notices. A
 * unit that can't go on unregisters its services while its configuration stays (rule C21).
 */
@Component(
        service = {},
        configurationPid = Smmuv3Unit.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = Smmuv3Unit.Config.class, factory = true)
@DrivesUnits(unit_kind = IommuUnit.KIND)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.pgfault.api.driver.IommuDriver\"",
        uses = IommuDriver.class)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.pgfault.api.bus.Unit\"",
        uses = Unit.class)
public final class Smmuv3Unit {
    /** The factory PID. */
    static final String PID = "io.pgfault.smmuv3.unit";

    /** The configuration of a unit. */
    @ObjectClassDefinition(
            name = "Arm SMMUv3 unit",
            description = "A hardware model of an SMMUv3 with its driver: event queue, PRI queue, command queue.")
    @interface Config {
        /** {@link IommuDriver#UNIT_NAME}. */
        @AttributeDefinition(name = "Unit name", description = "Unique among the units of a platform.")
        String io_pgfault_unit_name() default "smmu3.0";

        /** See {@link Sizes#eventQueue}. */
        @AttributeDefinition(
                name = "Event queue size",
                description = "Log2 of the number of records.",
                min = "1",
                max = "19")
        int event_queue_log2() default 10;

        /** See {@link Sizes#priQueue}. */
        @AttributeDefinition(
                name = "PRI queue size",
                description = "Log2 of the number of records.",
                min = "1",
                max = "19")
        int pri_queue_log2() default 12;

        /** See {@link Sizes#commandQueue}. */
        @AttributeDefinition(
                name = "Command queue size",
                description = "Log2 of the number of commands.",
                min = "1",
                max = "19")
        int command_queue_log2() default 10;

        /** See {@link Sizes#stallMax}. */
        @AttributeDefinition(
                name = "STALL_MAX",
                description = "How many transactions can be stalled at a time; the next one waits.",
                min = "1",
                max = "65536")
        int stall_max() default 256;

        /** {@code memory.file}: see {@link TableFile}. */
        @AttributeDefinition(
                name = "Memory file",
                required = false,
                description = "Of a guest's unit: path of the file that is the guest's memory, the property 'file' of"
                        + " io.pgfault.sva.frames. The unit's context descriptors lie there, and the host's unit reads"
                        + " them. Empty: the unit has memory of its own.")
        String memory_file() default "";

        /** {@code memory.file.offset}: where the unit's part starts. */
        @AttributeDefinition(
                name = "Offset in the memory file",
                description = "Where the unit's part of the file starts: bytes, a multiple of 4096, behind the page"
                        + " frames. It is the address of the part's first byte, too.")
        long memory_file_offset() default 0;

        /** {@code memory.size}: how long the unit's part is. */
        @AttributeDefinition(
                name = "Memory size",
                description = "How long the unit's part of the file is: bytes, a multiple of 65536. A device takes 128"
                        + " KiB, and more if its PASIDs are far apart.")
        int memory_size() default 1 << 20;
    }

    private final String name;
    private final System.Logger logger;
    /** {@code null} if the configuration makes no unit. */
    private final IommuUnit unit;
    /**
     * Unregisters the services of {@link #unit}: the bus first, so that devices disconnect themselves; the core removes
     * the devices that are left when the driver goes.
     */
    private final Runnable unregister;

    /** Called by Declarative Services: starts the unit, or logs why not. */
    @Activate
    public Smmuv3Unit(
            BundleContext context, Map<String, Object> properties, @Reference IoPageFaults faults, Config config) {
        this(
                config.io_pgfault_unit_name(),
                () -> unit(faults, config),
                unit -> new RegisteredServices(context, properties, unit, IommuDriver.class, Unit.class)::unregister,
                why -> RegisteredServices.refused(context, properties, why)::unregister);
    }

    /**
     * A component without a container.
     *
     * @param maker makes the unit; throws if the configuration is wrong
     * @param registrar registers the services of a unit, and returns what unregisters them
     * @param refusal registers why there is no unit, and returns what unregisters it
     */
    Smmuv3Unit(
            String name,
            Supplier<IommuUnit> maker,
            Function<IommuUnit, Runnable> registrar,
            Function<String, Runnable> refusal) {
        this.name = name;
        this.logger = UnitLogger.of(name);
        IommuUnit made = null;
        Runnable registered = null;
        Runnable refused = () -> {};
        try {
            made = maker.get();
            registered = registrar.apply(made);
        } catch (IllegalArgumentException | IllegalStateException e) {
            logger.log(Level.WARNING, "%s: there is no such unit of %s: %s".formatted(name, PID, e.getMessage()));
            logger.log(Level.DEBUG, "in full", e);
            refused = refusal.apply(name + ": " + e.getMessage());
        }
        this.unit = made;
        this.unregister = new Once(registered == null ? refused : registered);
        if (registered != null) {
            // Last: a unit that fails at once finds the services registered.
            made.start(this::failed);
        }
    }

    private static IommuUnit unit(IoPageFaults faults, Config config) {
        String name = config.io_pgfault_unit_name();
        Sizes sizes = new Sizes(
                config.event_queue_log2(), config.pri_queue_log2(), config.command_queue_log2(), config.stall_max());
        Optional<TableFile> file =
                TableFile.open(name, config.memory_file(), config.memory_file_offset(), config.memory_size());
        IommuUnit made = null;
        try {
            made = new IommuUnit(faults, name, sizes, file);
            return made;
        } finally {
            if (made == null) {
                file.ifPresent(TableFile::close);
            }
        }
    }

    private void failed() {
        logger.log(
                Level.ERROR,
                name + ": the unit can't go on, and its devices were answered and disconnected; correct what"
                        + " the log names and update the unit's configuration to start it again");
        unregister.run();
    }

    /** Called by Declarative Services: the services go first, while the unit still works (rule R06). */
    @Deactivate
    void deactivate() {
        unregister.run();
        if (unit != null) {
            unit.stop();
        }
    }
}
