// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.WatchedAttachment;
import io.pgfault.parts.service.RegisteredServices;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.ReferenceDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** Our configurations and components, as the container describes them. One thread at a time. */
public final class Components {
    private static final String OURS = "io.pgfault.";
    private static final String MANAGED = "org.osgi.service.cm.ManagedService";
    /** How deep a chain of components that wait for each other is followed. */
    private static final int DEPTH = 8;

    private final BundleContext context;
    private final ConfigurationAdmin configurations;

    /** The components of a container. */
    public Components(BundleContext context, ConfigurationAdmin configurations) {
        this.context = context;
        this.configurations = configurations;
    }

    /** Every configuration of ours, then every component of ours that works without one, then handlers' kinds. */
    List<PidState> states() throws IOException {
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        if (reference == null) {
            return List.of(new PidState("io.pgfault", "waits", "no Declarative Services: start org.apache.felix.scr"));
        }
        Snapshot snapshot = new Snapshot(context.getService(reference));
        try {
            return snapshot.states();
        } finally {
            context.ungetService(reference);
        }
    }

    /**
     * Whether a started bundle takes a configuration: a component of its PID, or a managed service (Compendium §104).
     */
    public static boolean isClaimed(BundleContext context, Configuration configuration) {
        String of = configuration.getFactoryPid() == null ? configuration.getPid() : configuration.getFactoryPid();
        try {
            if (context.getAllServiceReferences(
                            null,
                            "(&(service.pid=" + of + ")(|(objectClass=" + MANAGED + ")(objectClass=" + MANAGED
                                    + "Factory)))")
                    != null) {
                return true;
            }
        } catch (InvalidSyntaxException e) {
            // No bundle takes a PID with such a character.
            return false;
        }
        ServiceReference<ServiceComponentRuntime> reference =
                context.getServiceReference(ServiceComponentRuntime.class);
        if (reference == null) {
            return false;
        }
        try {
            return context.getService(reference).getComponentDescriptionDTOs().stream()
                    .anyMatch(description ->
                            Arrays.asList(description.configurationPid).contains(of));
        } finally {
            context.ungetService(reference);
        }
    }

    private List<Configuration> ours() throws IOException {
        try {
            Configuration[] found = configurations.listConfigurations("(service.pid=" + OURS + "*)");
            return found == null ? List.of() : Arrays.asList(found);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("the filter is a constant", e);
        }
    }

    private List<ServiceReference<?>> services(String type) {
        try {
            ServiceReference<?>[] found = context.getAllServiceReferences(type, null);
            return found == null ? List.of() : Arrays.asList(found);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("no filter was given", e);
        }
    }

    /** One reading of the container. */
    private final class Snapshot {
        private final ServiceComponentRuntime runtime;
        private final Collection<ComponentDescriptionDTO> descriptions;
        private final List<PidState> states = new ArrayList<>();

        Snapshot(ServiceComponentRuntime runtime) {
            this.runtime = runtime;
            this.descriptions = runtime.getComponentDescriptionDTOs();
        }

        List<PidState> states() throws IOException {
            Set<String> seen = new HashSet<>();
            List<Configuration> ours = ours();
            for (Configuration configuration : ours) {
                seen.add(configuration.getPid());
                configured(configuration);
            }
            for (ComponentDescriptionDTO description : descriptions) {
                if (description.name.startsWith(OURS) && !"require".equals(description.configurationPolicy)) {
                    for (ComponentConfigurationDTO component : runtime.getComponentConfigurationDTOs(description)) {
                        if (!seen.contains(String.valueOf(component.properties.get("service.pid")))) {
                            states.add(state(description.name, component));
                        }
                    }
                }
            }
            states.sort(Comparator.comparing(PidState::pid));
            kinds();
            return states;
        }

        private void configured(Configuration configuration) {
            String pid = configuration.getPid();
            String of = configuration.getFactoryPid() == null ? pid : configuration.getFactoryPid();
            List<ComponentDescriptionDTO> with = descriptions.stream()
                    .filter(description ->
                            Arrays.asList(description.configurationPid).contains(of))
                    .toList();
            if (with.isEmpty()) {
                Set<String> known = new TreeSet<>();
                descriptions.forEach(description -> Arrays.stream(description.configurationPid)
                        .filter(name -> name.startsWith(OURS))
                        .forEach(known::add));
                boolean factory = configuration.getFactoryPid() == null && known.contains(pid.replaceFirst("~.*", ""));
                states.add(
                        new PidState(
                                pid,
                                "unknown",
                                factory
                                        ? "made as a single configuration, and the PID is of a factory; name the file %s.cfg"
                                                .formatted(pid.replace('~', '-'))
                                        : "no started bundle has a component of PID " + of
                                                + Nearest.of(of, known)
                                                        .map(name -> "; is it " + name + "?")
                                                        .orElse(
                                                                "; start the bundle that has it, or delete the configuration")));
                return;
            }
            for (ComponentDescriptionDTO description : with) {
                List<ComponentConfigurationDTO> components = runtime.getComponentConfigurationDTOs(description).stream()
                        .filter(component -> isOf(component, pid))
                        .toList();
                if (components.isEmpty()) {
                    states.add(new PidState(
                            pid, "waits", "component " + description.name + " is disabled, or not made yet"));
                }
                components.forEach(component -> states.add(state(pid, component)));
                properties(pid, description, configuration);
            }
        }

        private boolean isOf(ComponentConfigurationDTO component, String pid) {
            Object of = component.properties.get("service.pid");
            return of instanceof Collection<?> several ? several.contains(pid) : pid.equals(of);
        }

        private PidState state(String pid, ComponentConfigurationDTO component) {
            return switch (component.state) {
                case ComponentConfigurationDTO.ACTIVE ->
                    refusal(pid)
                            .map(why -> new PidState(pid, "failed", why, true))
                            .orElseGet(() -> new PidState(pid, "active", ""));
                case ComponentConfigurationDTO.SATISFIED -> new PidState(pid, "ready", "");
                case ComponentConfigurationDTO.FAILED_ACTIVATION -> new PidState(pid, "failed", failure(component));
                default -> new PidState(pid, "waits", cause(component, DEPTH));
            };
        }

        /** Why the component of a configuration works and has made nothing: see {@link RegisteredServices#REFUSED}. */
        private Optional<String> refusal(String pid) {
            return services(String.class.getName()).stream()
                    .filter(service -> pid.equals(service.getProperty("service.pid")))
                    .map(service -> service.getProperty(RegisteredServices.REFUSED))
                    .filter(String.class::isInstance)
                    .map(String.class::cast)
                    .findFirst();
        }

        /** Why a component can't be made: the cause of the cause, where the cause is a component of ours. */
        private String cause(ComponentConfigurationDTO component, int depth) {
            if (component.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
                return failure(component);
            }
            if (component.unsatisfiedReferences.length == 0) {
                return "it needs a configuration of PID " + String.join(" or ", component.description.configurationPid);
            }
            UnsatisfiedReferenceDTO missing = component.unsatisfiedReferences[0];
            ReferenceDTO reference = Arrays.stream(component.description.references)
                    .filter(candidate -> candidate.name.equals(missing.name))
                    .findFirst()
                    .orElseThrow();
            String type = reference.interfaceName.substring(reference.interfaceName.lastIndexOf('.') + 1);
            for (ComponentDescriptionDTO provider : descriptions) {
                if (depth > 0 && Arrays.asList(provider.serviceInterfaces).contains(reference.interfaceName)) {
                    for (ComponentConfigurationDTO other : runtime.getComponentConfigurationDTOs(provider)) {
                        boolean broken = other.state != ComponentConfigurationDTO.ACTIVE
                                && other.state != ComponentConfigurationDTO.SATISFIED;
                        if (broken && other != component && Targets.mayMean(missing.target, other.properties)) {
                            return "waits for " + other.properties.getOrDefault("service.pid", provider.name) + ": "
                                    + cause(other, depth - 1);
                        }
                    }
                }
            }
            List<ServiceReference<?>> candidates = services(reference.interfaceName);
            if (missing.target == null || candidates.isEmpty()) {
                return "there is no %s; configure one, or start the bundle that has it (%s = %s)"
                        .formatted(type, missing.name + ".target", missing.target == null ? "any" : missing.target);
            }
            return "%s = %s matches no %s; there are %s"
                    .formatted(
                            missing.name + ".target", missing.target, type, Targets.names(missing.target, candidates));
        }

        private String failure(ComponentConfigurationDTO component) {
            String first = String.valueOf(component.failure)
                    .lines()
                    .filter(line -> line.startsWith("Caused by: "))
                    .reduce((before, after) -> after)
                    .orElseGet(() -> String.valueOf(component.failure)
                            .lines()
                            .findFirst()
                            .orElse(""));
            return first.replaceFirst("^Caused by: ", "").replaceFirst("^[\\w.$]+(Exception|Error): ", "");
        }

        private void properties(String pid, ComponentDescriptionDTO description, Configuration configuration) {
            Set<String> known = new TreeSet<>(description.properties.keySet());
            for (ReferenceDTO reference : description.references) {
                known.add(reference.name + ".target");
                known.add(reference.name + ".cardinality.minimum");
            }
            known.addAll(new Described(context, description).properties());
            Map<String, Object> given = org.osgi.framework.FrameworkUtil.asMap(configuration.getProperties());
            for (String name : new TreeSet<>(given.keySet())) {
                boolean general = name.startsWith("service.")
                        || name.startsWith("felix.")
                        || name.startsWith(".")
                        || name.startsWith("component.")
                        || name.startsWith("osgi.")
                        || name.startsWith(":");
                if (!general && !known.contains(name)) {
                    states.add(new PidState(
                            pid,
                            "warning",
                            "property %s = %s is not known and has no effect%s"
                                    .formatted(
                                            name,
                                            given.get(name),
                                            Nearest.of(name, known)
                                                    .map(meant -> "; is it " + meant + "?")
                                                    .orElse("; known are " + String.join(", ", shown(known))))));
                }
            }
            for (ReferenceDTO reference : description.references) {
                boolean one = reference.cardinality.startsWith("1");
                long candidates = services(reference.interfaceName).size();
                if (one
                        && reference.target == null
                        && candidates > 1
                        && !given.containsKey(reference.name + ".target")
                        && reference.interfaceName.startsWith(OURS)) {
                    states.add(new PidState(
                            pid,
                            "warning",
                            "%s.target is not set, and %d services could be meant: %s"
                                    .formatted(
                                            reference.name,
                                            candidates,
                                            Targets.names("", services(reference.interfaceName)))));
                }
            }
        }

        private List<String> shown(Set<String> known) {
            return known.stream()
                    .filter(name -> !name.contains(".cardinality.") && !name.startsWith("osgi."))
                    .toList();
        }

        /** Handlers whose kind looks like another word for the kind of an attached domain. */
        private void kinds() {
            ServiceReference<FaultWatch> reference = context.getServiceReference(FaultWatch.class);
            FaultWatch watch = reference == null ? null : context.getService(reference);
            if (watch == null) {
                return;
            }
            Set<String> attached = watch.devices().stream()
                    .flatMap(device -> device.attachments().stream())
                    .map(WatchedAttachment::kind)
                    .collect(Collectors.toCollection(TreeSet::new));
            for (ServiceReference<?> handler : services(FaultHandler.class.getName())) {
                Object property = handler.getProperty(FaultHandler.DOMAIN_KIND);
                List<?> kinds = property instanceof String[] several
                        ? List.of(several)
                        : property == null ? List.of() : List.of(property);
                String name = handler.getBundle().getSymbolicName() + "/" + handler.getProperty("service.id");
                if (kinds.isEmpty()) {
                    states.add(new PidState(
                            "handler " + name, "warning", "gets no groups: set " + FaultHandler.DOMAIN_KIND));
                }
                for (Object kind : kinds) {
                    if (!attached.contains(String.valueOf(kind))) {
                        Nearest.of(String.valueOf(kind), attached)
                                .ifPresent(meant -> states.add(new PidState(
                                        "handler " + name,
                                        "warning",
                                        "%s = %s, and no domain has that kind; is it %s?"
                                                .formatted(FaultHandler.DOMAIN_KIND, kind, meant))));
                    }
                }
            }
            context.ungetService(reference);
        }
    }
}
