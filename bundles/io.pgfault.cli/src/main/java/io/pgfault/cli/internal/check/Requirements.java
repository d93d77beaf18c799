// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.check;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.FrameworkWiring;

/** What a bundle needs, and whether a bundle of this framework provides it. One thread. */
final class Requirements {
    private static final String API = "io.pgfault.";
    private static final String OPTIONAL = "optional";
    private static final Pattern PACKAGE = Pattern.compile("\\(osgi\\.wiring\\.package=([\\w.]+)\\)");
    private static final Pattern FROM = Pattern.compile("\\(version>=([\\w.]+)\\)");

    private final Bundle bundle;
    private final FrameworkWiring framework;

    Requirements(Bundle bundle, Bundle system) {
        this.bundle = bundle;
        this.framework = system.adapt(FrameworkWiring.class);
    }

    /** Reports each requirement that no bundle provides, also what counts at run time alone. */
    void report(Findings findings) {
        int before = findings.failures();
        for (BundleRequirement requirement : declared()) {
            boolean optional = OPTIONAL.equals(requirement.getDirectives().get(Constants.RESOLUTION_DIRECTIVE));
            if (!optional && framework.findProviders(requirement).isEmpty()) {
                findings.bad(
                        "needs %s, which no bundle here provides: %s; install one that does, or take the requirement"
                                        .formatted(requirement.getNamespace(), text(requirement))
                                + " out of the bundle");
            }
        }
        if (findings.failures() == before) {
            findings.good("every requirement has a provider");
        }
        apiVersions().forEach((name, version) -> findings.good("built for %s %s".formatted(name, version)));
    }

    private List<BundleRequirement> declared() {
        return Optional.ofNullable(bundle.adapt(BundleRevision.class))
                .map(revision -> revision.getDeclaredRequirements(null))
                .orElse(List.of());
    }

    /** The packages of this project that the bundle imports, with the version that the bundle was compiled against. */
    private Map<String, String> apiVersions() {
        Map<String, String> versions = new TreeMap<>();
        for (BundleRequirement requirement : declared()) {
            Matcher name = PACKAGE.matcher(text(requirement));
            if (requirement.getNamespace().equals(PackageNamespace.PACKAGE_NAMESPACE)
                    && name.find()
                    && name.group(1).startsWith(API)) {
                Matcher from = FROM.matcher(text(requirement));
                versions.put(name.group(1), from.find() ? from.group(1) : "(any version)");
            }
        }
        return versions;
    }

    private static String text(BundleRequirement requirement) {
        return requirement
                .getDirectives()
                .getOrDefault(
                        Constants.FILTER_DIRECTIVE, requirement.getAttributes().toString());
    }
}
