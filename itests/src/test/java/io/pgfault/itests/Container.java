// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;
import static org.ops4j.pax.exam.CoreOptions.url;

import org.ops4j.pax.exam.Option;

/**
 * What the container tests run in: Felix, or Equinox, with exactly the bundles of the executable jar, and what the
 * tests need.
 */
final class Container {
    /** System property in the container: the folder of the samples. */
    static final String SAMPLES = "io.pgfault.itests.samples";

    /** System property, of the tests and in the container: the symbolic name of the framework. */
    static final String FRAMEWORK = "iopf.container";

    private Container() {}

    static Option[] shippedAndTesting() {
        return options(shipped(), testing());
    }

    /** The bundles of the executable jar. */
    static Option shipped() {
        return composite(Built.bundles().stream()
                .map(file -> bundle(file.toUri().toString()).start(!Built.isFolderWatcher(file)))
                .toArray(Option[]::new));
    }

    /** JUnit 4 and the assertion libraries, and a shell that doesn't wait for input. */
    static Option testing() {
        return composite(
                // Pax Exam's own bundles log through it.
                url("link:classpath:META-INF/links/org.ops4j.pax.logging.api.link")
                        .startLevel(1),
                systemProperty("org.ops4j.pax.logging.DefaultServiceLog.level").value("WARN"),
                junitBundles(),
                url("link:classpath:META-INF/links/org.ops4j.pax.exam.invoker.junit.link"),
                systemProperty("gosh.args").value("--nointeractive"),
                systemProperty(FRAMEWORK).value(System.getProperty(FRAMEWORK, "org.apache.felix.framework")),
                systemProperty("soak").value(System.getProperty("soak", "false")),
                systemProperty(SAMPLES).value(Built.file("itests/samples").toString()));
    }
}
