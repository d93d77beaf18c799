// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.ops4j.pax.exam.CoreOptions.bundle;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.tck.Check;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import io.pgfault.tck.driver.DriverService;
import io.pgfault.tck.handler.HandlerKit;
import io.pgfault.tck.handler.HandlerService;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.inject.Inject;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.CoreOptions;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * Strangers' bundles in a container, a handler and a driver: the conformance kit runs on them and on both vendors'
 * drivers, and they are swapped while a device faults through both.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ThirdPartyIT {
    private static final String PREFAULT = "com.example.prefault";
    private static final String LOOPBACK = "com.example.loopback";
    private static final String UNIT = "loop0";
    private static final String DEVICE = "device of loop0";
    private static final String SPACE = "everything";
    private static final int SWAPS = 25;

    private Rig rig;

    @Inject
    private BundleContext context;

    @Inject
    private ConfigurationAdmin configurations;

    @Configuration
    public static Option[] container() {
        return CoreOptions.options(
                CoreOptions.composite(Container.shippedAndTesting()),
                jar("itests/prefault/target/com.example.prefault-1.0.0.jar"),
                jar("itests/loopback/target/com.example.loopback-1.0.0.jar"));
    }

    private static Option jar(String relative) {
        return bundle(Built.file(relative).toUri().toString());
    }

    @Before
    public void start() throws Exception {
        rig = new Rig(context, configurations);
        rig.configure("com.example.loopback.unit", UNIT, "io.pgfault.unit.name", UNIT);
        rig.bundle(PREFAULT).start();
        rig.bundle(LOOPBACK).start();
    }

    @Test
    public void preFaultKeepsWhatAHandlerMustKeep() throws Exception {
        run(new HandlerKit(HandlerService.of(context, rig.bundle(PREFAULT), rig.service(Sva.class))).checks());
    }

    @Test
    public void loopbackKeepsWhatADriverMustKeep() throws Exception {
        run(DriverService.kit(context, rig.bundle(LOOPBACK), UNIT, Set.of(FaultKind.PAGE_REQUESTS))
                .checks());
    }

    @Test
    public void vtdKeepsWhatADriverMustKeep() throws Exception {
        rig.configure("io.pgfault.vtd.unit", "kit", "io.pgfault.unit.name", "kit.vtd");
        run(DriverService.kit(context, rig.bundle("io.pgfault.vtd"), "kit.vtd", Set.of(FaultKind.PAGE_REQUESTS))
                .checks());
    }

    @Test
    public void smmuv3KeepsWhatADriverMustKeep() throws Exception {
        rig.configure("io.pgfault.smmuv3.unit", "kit", "io.pgfault.unit.name", "kit.smmuv3");
        run(DriverService.kit(
                        context,
                        rig.bundle("io.pgfault.smmuv3"),
                        "kit.smmuv3",
                        Set.of(FaultKind.PAGE_REQUESTS, FaultKind.STALLS))
                .checks());
    }

    private static void run(List<Check> checks) {
        List<String> failures = new ArrayList<>();
        for (Check check : checks) {
            try {
                check.run();
            } catch (Exception | AssertionError e) {
                failures.add(check + ": " + e);
            }
        }
        assertTrue("checks were made", checks.size() > 10);
        assertEquals(List.of(), failures);
    }

    @Test
    public void r05_r06_bothAreSwappedUnderLoad_nothingIsLost() throws Exception {
        rig.configure("io.pgfault.sva.space", SPACE, "io.pgfault.address.space.name", SPACE);
        rig.service(AddressSpace.class, "(" + AddressSpace.NAME + "=" + SPACE + ")");
        rig.configure(
                "io.pgfault.endpoint.pcie",
                UNIT,
                "io.pgfault.device.name",
                DEVICE,
                "id",
                "0x10",
                "unit.target",
                "(io.pgfault.unit.name=" + UNIT + ")",
                "space.target",
                "(io.pgfault.address.space.name=" + SPACE + ")");
        Bundle handler = rig.bundle(PREFAULT);
        Bundle driver = rig.bundle(LOOPBACK);
        try (Unexpected unexpected = new Unexpected();
                Traffic traffic = new Traffic(rig, DEVICE, Pasid.NONE, 1L << 45)) {
            for (int i = 0; i < SWAPS; i++) {
                traffic.awaitDone(100);
                handler.stop();
                traffic.awaitDone(100);
                handler.start();
            }
            assertEquals("accesses that failed while handlers were swapped; " + traffic, 0, traffic.failed());
            for (int i = 0; i < SWAPS; i++) {
                traffic.awaitDone(100);
                Counters counters = rig.service(Endpoint.class, "(" + Endpoint.DEVICE_NAME + "=" + DEVICE + ")")
                        .device()
                        .counters();
                driver.stop();
                Counts counts = new Counts(counters);
                assertEquals("answered " + counts, counts.get(Counter.GROUPS), counts.answers());
                driver.start();
            }
            traffic.awaitDone(100);
            assertEquals("unexpected answers at the device", 0, unexpected.count());
            assertEquals("accesses that failed", 0, traffic.count(Outcome.FAILED));
        }
    }
}
