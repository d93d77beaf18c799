// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.check;

import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.Sva;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleRevision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code iopf check}: whether bundles will work with what ships. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Checks bundles before run time: whether every requirement has a provider among the bundles that ship and the"
                    + " bundles that are named; which version of the API they were built for; which services they register.",
            "A model device faults on each handler for domains of kind sva. The conformance kit, in your own tests, checks"
                    + " all rules."
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

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "JAR", description = "Bundles; they may need each other.")
    private List<Path> jars;

    /** Makes the command for the framework of {@code context}. */
    public CheckCommand(Platform platform, BundleContext context) {
        this.platform = platform;
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        List<Bundle> bundles = new ArrayList<>();
        Findings findings = new Findings(spec.commandLine().getOut());
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

    private void check(Bundle bundle, Findings findings) throws IOException, InterruptedException {
        findings.begin(bundle.getSymbolicName() + " " + bundle.getVersion());
        new Requirements(bundle, context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)).report(findings);
        try {
            bundle.start();
        } catch (BundleException e) {
            findings.bad("doesn't start: " + oneLine(e));
            return;
        }
        ServiceReference<?>[] services = bundle.getRegisteredServices();
        int handlers = 0;
        for (ServiceReference<?> service : services == null ? new ServiceReference<?>[0] : services) {
            List<String> types = List.of((String[]) service.getProperty(Constants.OBJECTCLASS));
            if (types.contains(FaultHandler.class.getName())) {
                handlers++;
                handler(service, findings);
            } else if (types.contains(IommuDriver.class.getName())) {
                findings.good("drives unit " + service.getProperty(IommuDriver.UNIT_NAME));
            }
        }
        boolean promised = !bundle.adapt(BundleRevision.class)
                .getDeclaredCapabilities(HandlesFaults.NAMESPACE)
                .isEmpty();
        if (promised && handlers == 0) {
            findings.bad("provides the capability " + HandlesFaults.NAMESPACE
                    + " and registers no handler; is its component satisfied, does it need a configuration?");
        }
    }

    private void handler(ServiceReference<?> service, Findings findings) throws IOException, InterruptedException {
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
                        "handles domains of kind %s, and nothing here makes such a domain: the kinds are sva and user;"
                                        .formatted(kind)
                                + " correct @HandlesFaults, or install the bundle that makes such domains");
            }
        }
        if (served.contains(Sva.DOMAIN_KIND) && context.getService(service) instanceof FaultHandler handler) {
            new HandlerTrial(platform.service(Lab.class), platform.service(Sva.class))
                    .report(findings, handler, next(service));
        }
    }

    /** Whether a bundle that ships handles faults of a kind: then there are domains of that kind. */
    private boolean known(String kind, Bundle own) {
        return platform.references(FaultHandler.class).stream()
                .filter(reference -> reference.getBundle() != own)
                .anyMatch(reference -> kind.equals(reference.getProperty(FaultHandler.DOMAIN_KIND)));
    }

    /** The handler that the core asks after the handler that is checked. */
    private FaultHandler next(ServiceReference<?> checked) throws BadInput {
        return platform.references(FaultHandler.class).stream()
                .filter(reference -> reference.getBundle() != checked.getBundle())
                .filter(reference -> Sva.DOMAIN_KIND.equals(reference.getProperty(FaultHandler.DOMAIN_KIND)))
                .map(context::getService)
                .findFirst()
                .orElseThrow(() -> new BadInput("check needs the bundle io.pgfault.sva, which is not started here"));
    }

    private static String oneLine(BundleException e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    }
}
