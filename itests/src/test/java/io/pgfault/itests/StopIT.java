// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** A container, or the core in it, stops with ten thousand groups pending (rule R07). */
class StopIT {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final Duration STOP = Duration.ofSeconds(2);
    /** Beyond every bound, so that a miss is reported and not waited for. */
    private static final long PATIENCE_MILLIS = 60_000;

    @TempDir
    private Path storage;

    private interface Stop {
        void run(Framework framework) throws Exception;
    }

    static List<Arguments> cases() {
        Map<String, Stop> stops = Map.of("the container", StopIT::stopContainer, "the core", StopIT::stopCore);
        List<Arguments> cases = new ArrayList<>();
        stops.forEach((what, stop) -> {
            for (Vendor vendor : Vendor.values()) {
                cases.add(Arguments.of(what, stop, vendor, StuckPlatform.ANSWERS_AT_STOP, STOP));
                cases.add(Arguments.of(what, stop, vendor, StuckPlatform.NEVER_ANSWERS, DEADLINE));
                cases.add(Arguments.of(what, stop, vendor, StuckPlatform.NEVER_RETURNS, DEADLINE));
            }
        });
        return cases;
    }

    @ParameterizedTest(name = "{0} stops on {2}, the handler {3}")
    @MethodSource("cases")
    void r07_everythingPendingIsAnsweredOnceAndInTime(
            String what, Stop stop, Vendor vendor, String behaviour, Duration limit) throws Exception {
        AtomicIntegerArray responses = new AtomicIntegerArray(StuckPlatform.GROUPS);
        Framework framework = start(Map.of(
                Constants.FRAMEWORK_STORAGE,
                storage.toString(),
                Constants.FRAMEWORK_STORAGE_CLEAN,
                Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT,
                // Felix: leave this JVM's URL handlers alone.
                "felix.service.urlhandlers",
                "false",
                StuckPlatform.BEHAVIOUR,
                behaviour,
                StuckPlatform.UNIT_PID,
                vendor.bundle() + ".unit"));
        try {
            BundleContext context = framework.getBundleContext();
            context.registerService(IntConsumer.class, responses::incrementAndGet, null);
            TestBundle stuck = TestBundle.of(StuckPlatform.class, StuckPlatform.IMPORTS);
            context.installBundle("stuck", stuck.stream()).start();
            LongSupplier groups = context.getService(context.getServiceReference(LongSupplier.class));
            await().until(() -> groups.getAsLong() == StuckPlatform.GROUPS);
            assertThat(sum(responses)).as("responses before").isZero();

            long start = System.nanoTime();
            stop.run(framework);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("time to stop %s", what)
                    .isLessThan(limit);
            for (int i = 0; i < StuckPlatform.GROUPS; i++) {
                assertThat(responses.get(i)).as("responses to group %d", i).isEqualTo(1);
            }
        } finally {
            framework.stop();
            framework.waitForStop(PATIENCE_MILLIS);
        }
    }

    private static int sum(AtomicIntegerArray counts) {
        int sum = 0;
        for (int i = 0; i < counts.length(); i++) {
            sum += counts.get(i);
        }
        return sum;
    }

    private static Framework start(Map<String, String> properties) throws Exception {
        Framework framework = ServiceLoader.load(FrameworkFactory.class)
                .findFirst()
                .orElseThrow()
                .newFramework(properties);
        framework.start();
        List<Bundle> bundles = new ArrayList<>();
        for (Path file : Built.bundles()) {
            bundles.add(framework.getBundleContext().installBundle(file.toUri().toString()));
        }
        for (Bundle bundle : bundles) {
            String name = bundle.getSymbolicName();
            if (!name.startsWith("org.apache.felix.gogo.") && !name.equals("org.apache.felix.fileinstall")) {
                bundle.start();
            }
        }
        return framework;
    }

    private static void stopContainer(Framework framework) throws Exception {
        framework.stop();
        framework.waitForStop(PATIENCE_MILLIS);
    }

    private static void stopCore(Framework framework) throws Exception {
        for (Bundle bundle : framework.getBundleContext().getBundles()) {
            if (bundle.getSymbolicName().equals("io.pgfault.core")) {
                bundle.stop();
            }
        }
    }
}
