// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.util.tracker.ServiceTracker;

/**
 * An OSGi container in the JVM of a test: the framework of the class path, with every bundle of the class path, and the
 * bundle of the project as the build has left it in its folder of classes. Bundles and tests share the classes of the
 * API, so that a test calls services without a proxy. One thread starts and closes; any thread may ask for services.
 *
 * <p>The class path needs a framework such as {@code org.apache.felix.framework}, and what the bundle needs at run
 * time, as dependencies of scope {@code test}.
 */
public final class TestContainer implements AutoCloseable {
    private static final String API = "io.pgfault.api";
    private static final String CONFIGURATIONS = "org.osgi.service.cm";
    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(20);
    /** Bundles that the tests use and the container does without. */
    private static final List<String> OF_TESTS =
            List.of(API, "io.pgfault.tck", "org.apache.felix.framework", "junit-", "org.junit", "org.opentest4j");

    private final Framework framework;
    private final Path storage;
    private final Bundle bundle;

    private TestContainer(Framework framework, Path storage, Bundle bundle) {
        this.framework = framework;
        this.storage = storage;
        this.bundle = bundle;
    }

    /**
     * Starts a container with the bundle whose classes, manifest and component descriptions are in a folder, for
     * example {@code target/classes}.
     *
     * @throws IllegalStateException if the class path has no framework
     * @throws BundleException if a bundle doesn't resolve or start; the message names what is missing
     */
    public static TestContainer start(Path classes) throws IOException, BundleException {
        FrameworkFactory factory = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no OSGi framework on the class path:"
                        + " add org.apache.felix:org.apache.felix.framework with scope test"));
        List<ClassPathBundle> onClassPath = ClassPathBundle.all();
        List<String> shared = new ArrayList<>();
        for (ClassPathBundle each : onClassPath) {
            shared.addAll(each.exported(API));
            shared.addAll(each.exported(CONFIGURATIONS));
        }
        Path storage = Files.createTempDirectory("iopf-test-container");
        Framework framework = factory.newFramework(Map.of(
                Constants.FRAMEWORK_STORAGE,
                storage.toString(),
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                String.join(",", shared)));
        boolean started = false;
        try {
            framework.start();
            TestContainer container =
                    new TestContainer(framework, storage, install(framework.getBundleContext(), onClassPath, classes));
            started = true;
            return container;
        } finally {
            if (!started) {
                framework.stop();
            }
        }
    }

    private static Bundle install(BundleContext context, List<ClassPathBundle> onClassPath, Path classes)
            throws BundleException {
        List<Bundle> installed = new ArrayList<>();
        for (ClassPathBundle each : onClassPath) {
            if (OF_TESTS.stream().noneMatch(each.name()::startsWith)) {
                installed.add(context.installBundle(each.file().toUri().toString()));
            }
        }
        Bundle own = context.installBundle("reference:" + classes.toUri());
        for (Bundle each : installed) {
            each.start();
        }
        own.start();
        return own;
    }

    /** The context of the framework, from which the kit finds services. */
    public BundleContext context() {
        return framework.getBundleContext();
    }

    /** The bundle of the project. */
    public Bundle bundle() {
        return bundle;
    }

    /**
     * The service of a type; waits for it.
     *
     * @throws IllegalStateException if there is none after 20 s
     */
    public <T> T service(Class<T> type) throws InterruptedException {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context(), type, null);
        tracker.open();
        try {
            if (tracker.waitForService(PATIENCE_MILLIS) == null) {
                throw new IllegalStateException("no service " + type.getName()
                        + " came up: is its bundle on the class path, and is its component satisfied?");
            }
            return context().getService(tracker.getServiceReference());
        } finally {
            tracker.close();
        }
    }

    /** Stops the framework, waits for its end, and deletes its storage. */
    @Override
    public void close() throws BundleException, InterruptedException, IOException {
        framework.stop();
        framework.waitForStop(PATIENCE_MILLIS);
        try (Stream<Path> files = Files.walk(storage)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
