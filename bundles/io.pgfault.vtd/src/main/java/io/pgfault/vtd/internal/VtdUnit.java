// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.DrivesUnits;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.parts.UnitLogger;
import io.pgfault.parts.service.Once;
import io.pgfault.parts.service.RegisteredServices;
import java.lang.System.Logger.Level;
import java.util.Map;
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
 * Makes a VT-d unit of a factory configuration and registers two services: the {@link Unit} for devices and the {@link
 * IommuDriver} for the core.
 *
 * <p>The component registers the services itself, for two reasons. A configuration that makes no unit, because its
 * numbers are wrong or its name is taken, gets one line in the log and registers nothing, so no other unit notices
 * (rule C20). A unit that can't go on unregisters its services while its configuration stays (rule C21).
 */
@Component(
        service = {},
        configurationPid = VtdUnit.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = VtdUnit.Config.class, factory = true)
@DrivesUnits(unit_kind = IommuUnit.KIND)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.pgfault.api.driver.IommuDriver\"",
        uses = IommuDriver.class)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>=\"io.pgfault.api.bus.Unit\"",
        uses = Unit.class)
public final class VtdUnit {
    /** The factory PID. */
    static final String PID = "io.pgfault.vtd.unit";

    /** The configuration of a unit. */
    @ObjectClassDefinition(
            name = "VT-d unit",
            description = "An Intel VT-d remapping hardware unit with a page request queue.")
    @interface Config {
        /** {@link IommuDriver#UNIT_NAME}. */
        @AttributeDefinition(name = "Unit name", description = "Unique among the units of a platform.")
        String io_pgfault_unit_name() default "dmar0";

        /** {@code queue.size.order}. */
        @AttributeDefinition(
                name = "Page request queue size",
                description = "The size field S of the page request queue, 0 to 7: the queue has 2^(S+7) entries.",
                min = "0",
                max = "7")
        int queue_size_order() default 5;

        /** {@code five.level}. */
        @AttributeDefinition(
                name = "Five levels",
                description = "Whether page tables have five levels: addresses of 57 bits instead of 48.")
        boolean five_level() default false;
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
    public VtdUnit(
            BundleContext context, Map<String, Object> properties, @Reference IoPageFaults faults, Config config) {
        this(
                config.io_pgfault_unit_name(),
                () -> new IommuUnit(
                        faults, config.io_pgfault_unit_name(), config.queue_size_order(), config.five_level()),
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
    VtdUnit(
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

    private void failed() {
        logger.log(
                Level.ERROR,
                name
                        + ": the unit can't go on, and its devices were answered and disconnected; correct what the log names"
                        + " and update the unit's configuration to start it again");
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
