// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.check;

import io.pgfault.api.driver.DrivesUnits;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.Sva;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.cm.ConfigurationAdmin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code iopf check}: whether bundles will work with the bundles of this project. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Checks bundles before run time: whether every requirement has a provider among the bundles that ship and the"
                    + " bundles that are named; which version of the API they were built for; which services they register.",
            "Then the conformance kit's checks run on each handler of kind sva, and on a unit of each driver, in this"
                    + " container. A driver that needs a configuration is given one, with a unit's name and its defaults."
        },
        footer = {
            "",
            "Example:",
            "  iopf check my-handler/target/org.acme.memory-1.0.0-SNAPSHOT.jar",
            "",
            "Exit codes: 0 all is well, 1 something fails, 2 bad usage or no bundle."
        })
public final class CheckCommand implements Callable<Integer> {
    private static final int AT_ONCE = 1;

    private final Platform platform;
    private final BundleContext context;
    private final ConfigurationAdmin configurations;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--faults",
            paramLabel = "KIND",
            defaultValue = "page-requests",
            description = "How the devices of a driver's units fault: page-requests, stalls or both"
                    + " (default: ${DEFAULT-VALUE}).")
    private String faults;

    @Parameters(arity = "1..*", paramLabel = "JAR", description = "Bundles; they may need each other.")
    private List<Path> jars;

    /** Makes the command for the framework of {@code context}. */
    public CheckCommand(Platform platform, BundleContext context, ConfigurationAdmin configurations) {
        this.platform = platform;
        this.context = context;
        this.configurations = configurations;
    }

    @Override
    public Integer call() throws Exception {
        List<Bundle> bundles = new ArrayList<>();
        Findings findings = new Findings(spec.commandLine().getOut());
        faultKinds();
        try {
            for (Path jar : jars) {
                bundles.add(install(jar));
            }
            for (Bundle bundle : bundles) {
                check(bundle, findings);
            }
        } finally {
            for (Bundle bundle : bundles) {
                bundle.uninstall();
            }
        }
        spec.commandLine().getOut().flush();
        return findings.failures() == 0 ? 0 : 1;
    }

    private Bundle install(Path jar) throws IOException {
        if (!Files.isRegularFile(jar)) {
            throw new BadInput(jar + ": no such bundle");
        }
        String location = jar.toAbsolutePath().toUri().toString();
        if (context.getBundle(location) != null) {
            throw new BadInput(jar + ": is installed here already; take the command line of the process");
        }
        try {
            Bundle bundle = context.installBundle(location);
            if (bundle.getSymbolicName() == null) {
                bundle.uninstall();
                throw new BadInput(jar + ": not a bundle: its manifest has no Bundle-SymbolicName");
            }
            bundle.adapt(BundleStartLevel.class).setStartLevel(AT_ONCE);
            return bundle;
        } catch (BundleException e) {
            throw new BadInput(jar + ": not a bundle: " + oneLine(e), e);
        }
    }

    private void check(Bundle bundle, Findings findings) throws Exception {
        findings.begin(bundle.getSymbolicName() + " " + bundle.getVersion());
        new Requirements(bundle, context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)).report(findings);
        try {
            if (!Activation.of(context, bundle)) {
                findings.bad("doesn't become active; does it wait for a start level above 1?");
                return;
            }
        } catch (BundleException e) {
            findings.bad("doesn't start: " + oneLine(e));
            return;
        }
        KitRun kit = new KitRun(context, findings);
        List<ServiceReference<?>> handlers = registered(bundle, FaultHandler.class);
        boolean checked = false;
        for (ServiceReference<?> service : handlers) {
            checked |= handler(service, findings);
        }
        if (checked) {
            kit.handler(bundle, platform.service(Sva.class));
        }
        if (promises(bundle, HandlesFaults.NAMESPACE) && handlers.isEmpty()) {
            findings.bad("provides the capability " + HandlesFaults.NAMESPACE
                    + " and registers no handler; is its component satisfied, does it need a configuration?");
        }
        if (promises(bundle, DrivesUnits.NAMESPACE)) {
            driver(bundle, kit, findings);
        }
    }

    private static List<ServiceReference<?>> registered(Bundle bundle, Class<?> type) {
        ServiceReference<?>[] services = bundle.getRegisteredServices();
        return services == null
                ? List.of()
                : Stream.of(services)
                        .filter(service -> List.of((String[]) service.getProperty(Constants.OBJECTCLASS))
                                .contains(type.getName()))
                        .toList();
    }

    private static boolean promises(Bundle bundle, String namespace) {
        return !bundle.adapt(BundleRevision.class)
                .getDeclaredCapabilities(namespace)
                .isEmpty();
    }

    /** Checks a unit that the bundle makes for a configuration of the check. */
    private void driver(Bundle bundle, KitRun kit, Findings findings) throws Exception {
        Set<FaultKind> kinds = faultKinds();
        try (DriverUnit unit =
                DriverUnit.configure(context, configurations, bundle).orElse(null)) {
            if (unit == null) {
                findings.bad("provides the capability " + DrivesUnits.NAMESPACE
                        + ", and no component of its bundle has the service " + IommuDriver.class.getName());
                return;
            }
            findings.good("drives units of kind "
                    + bundle.adapt(BundleRevision.class)
                            .getDeclaredCapabilities(DrivesUnits.NAMESPACE)
                            .get(0)
                            .getAttributes()
                            .get(IommuDriver.UNIT_KIND));
            kit.unit(bundle, unit.name(), kinds);
        }
    }

    private Set<FaultKind> faultKinds() throws BadInput {
        return switch (faults) {
            case "page-requests" -> Set.of(FaultKind.PAGE_REQUESTS);
            case "stalls" -> Set.of(FaultKind.STALLS);
            case "both" -> EnumSet.allOf(FaultKind.class);
            default -> throw new BadInput("--faults " + faults + ": not one of page-requests, stalls, both");
        };
    }

    /** Reports the kinds that a handler serves; returns whether sva is one of them. */
    private boolean handler(ServiceReference<?> service, Findings findings) {
        Object kinds = service.getProperty(FaultHandler.DOMAIN_KIND);
        List<String> served = kinds instanceof String[] several
                ? List.of(several)
                : kinds == null ? List.of() : List.of(kinds.toString());
        if (served.isEmpty()) {
            findings.bad("registers a handler without the property " + FaultHandler.DOMAIN_KIND
                    + ", so the core offers it nothing; annotate the component with @HandlesFaults");
        }
        for (String kind : served) {
            if (known(kind, service.getBundle())) {
                findings.good("handles faults of domains of kind " + kind);
            } else {
                findings.bad(
                        "no handler kind %s is served in this platform: the kinds are sva and user; correct @HandlesFaults,"
                                        .formatted(kind)
                                + " or install the bundle that makes such domains");
            }
        }
        return served.contains(Sva.DOMAIN_KIND);
    }

    /** Whether a bundle of this project handles faults of a kind: then there are domains of that kind. */
    private boolean known(String kind, Bundle own) {
        return platform.references(FaultHandler.class).stream()
                .filter(reference -> reference.getBundle() != own)
                .anyMatch(reference -> kind.equals(reference.getProperty(FaultHandler.DOMAIN_KIND)));
    }

    private static String oneLine(BundleException e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    }
}
