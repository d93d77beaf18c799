// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Sva;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;

/** Handler and driver bundles swapped while devices of both vendors fault at full rate (rules R02 to R06). */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class SwapIT {
    private static final boolean SOAK = Boolean.getBoolean("soak");
    /** Each swap installs a bundle anew; a thousand in a soak. */
    private static final int HANDLER_SWAPS = SOAK ? 1_000 : 250;

    private static final int DRIVER_SWAPS = SOAK ? 1_000 : 100;
    private static final int SIDE_BY_SIDE_SWAPS = SOAK ? 200 : 20;
    private static final String SPACE = "everything";
    /** A PASID that SVA's allocator, which counts up from 1, is not going to give. */
    private static final int PASID = Pasid.MAX;

    private static final long GRACE_MILLIS = 100;
    /** Longer than a machine that does much else takes to update a bundle. */
    private static final long PARK_MILLIS = 5_000;
    /** Threads of the core and of the test wait for a processor. */
    private static final long SLACK_MILLIS = 1_000;

    private Rig rig;
    private TestBundle jar;
    private Bundle handler;

    @Inject
    private BundleContext context;

    @Inject
    private ConfigurationAdmin configurations;

    @Configuration
    public static Option[] container() {
        return Container.shippedAndTesting();
    }

    @Before
    public void start() throws Exception {
        rig = new Rig(context, configurations);
        rig.configureOne("io.pgfault.core", "grace.millis", GRACE_MILLIS, "park.millis", PARK_MILLIS);
        // Configurations are applied some time later, and the core then starts anew.
        rig.service(IoPageFaults.class, "(grace.millis=" + GRACE_MILLIS + ")");
        rig.configure("io.pgfault.sva.space", SPACE, "io.pgfault.address.space.name", SPACE);
        for (Vendor vendor : Vendor.values()) {
            vendor.configure(rig, SPACE);
        }
        jar = SwappedHandler.bundle();
        handler = context.installBundle("swapped handler", jar.stream());
    }

    @After
    public void stop() throws Exception {
        handler.uninstall();
        for (Vendor vendor : Vendor.values()) {
            rig.bundle(vendor.bundle()).start();
        }
    }

    @Test
    public void r02_vtd_betterHandlerGetsGroupsWhileItIsThere() throws Exception {
        betterHandlerComesAndGoes(Vendor.VTD);
    }

    @Test
    public void r02_smmuv3_betterHandlerGetsGroupsWhileItIsThere() throws Exception {
        betterHandlerComesAndGoes(Vendor.SMMUV3);
    }

    private void betterHandlerComesAndGoes(Vendor vendor) throws Exception {
        Endpoint device = vendor.endpoint(rig);
        accessPages(device, vendor.region(5));
        handler.start();
        LongSupplier taken = rig.service(LongSupplier.class);
        assertEquals("groups that were closed before", 0, taken.getAsLong());
        accessPages(device, vendor.region(6));
        assertEquals("groups of the better handler", 100, taken.getAsLong());
        handler.stop();
        accessPages(device, vendor.region(7));
        assertEquals("groups of the handler that left", 100, taken.getAsLong());
    }

    private static void accessPages(Endpoint device, long region) throws InterruptedException {
        Iterator<Long> pages = LongStream.iterate(region, address -> address + 4096)
                .filter(address -> !SwappedHandler.mayBeKept(address))
                .iterator();
        for (int i = 0; i < 100; i++) {
            Endpoint.Access access = device.access(device.pasid(), pages.next(), Permissions.READ);
            assertEquals(Outcome.DONE, access.outcome());
            assertEquals("page requests", 1, access.requests());
        }
    }

    @Test
    public void r05_vtd_handlerSwappedOftenUnderLoad_everyGroupIsAnsweredOnceAndInTime() throws Exception {
        swapHandler(Vendor.VTD);
    }

    @Test
    public void r05_smmuv3_handlerSwappedOftenUnderLoad_everyGroupIsAnsweredOnceAndInTime() throws Exception {
        swapHandler(Vendor.SMMUV3);
    }

    private void swapHandler(Vendor vendor) throws Exception {
        Unit unit = vendor.unit(rig);
        Endpoint device = vendor.endpoint(rig);
        Counts before = new Counts(unit.queue().counters());
        AtomicLong responses = new AtomicLong();
        IoPageFaults faults = rig.service(IoPageFaults.class);
        Domain domain = attachDomain(faults, device.device());
        long longestMillis = 0;
        Traffic bound = null;
        Traffic parking = null;
        try (Unexpected unexpected = new Unexpected();
                AutoCloseable tap = unit.tap((record, code) -> responses.incrementAndGet())) {
            handler.start();
            try (Traffic first = new Traffic(rig, vendor.device(), Pasid.NONE, vendor.region(1));
                    Traffic second = new Traffic(rig, vendor.device(), PASID, vendor.region(0))) {
                bound = first;
                parking = second;
                for (int i = 0; i < HANDLER_SWAPS; i++) {
                    long start = System.nanoTime();
                    awaitFirstGroup();
                    handler.update(jar.stream());
                    awaitFirstGroup();
                    handler.stop();
                    longestMillis = Math.max(longestMillis, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
                    handler.start();
                }
                // What one handler keeps the next one answers.
                while (!first.ended() || !second.ended()) {
                    handler.update(jar.stream());
                }
            }
            unit.drain();
            assertEquals("unexpected answers at the device", 0, unexpected.count());
        }
        faults.detach(device.device(), PASID);
        domain.free();

        Counts counts = new Counts(unit.queue().counters()).minus(before);
        String what = counts + " longest swap " + longestMillis + " ms "
                + unit.queue().latency();
        assertEquals(what, bound.requests() + parking.requests(), counts.get(Counter.GROUPS));
        assertEquals(what, counts.get(Counter.GROUPS), counts.get(Counter.SUCCESS));
        assertEquals(what, counts.get(Counter.GROUPS), responses.get());
        assertEquals("accesses that failed", 0, bound.failed() + parking.failed());
        assertEquals(what, 0, counts.get(Counter.INVALID) + counts.get(Counter.FAILURE));
        assertEquals(what, 0, counts.get(Counter.TIMED_OUT) + counts.get(Counter.LIMITED));
        assertTrue("groups were recalled, and groups waited for a handler; " + what, counts.get(Counter.RECALLED) > 0);
        assertTrue("groups waited for a handler; " + what, counts.get(Counter.PARKED) > 0);
        // A handler may still be at a group when its grace time ends.
        assertTrue(what, counts.get(Counter.REFUSED) <= counts.get(Counter.RECALLED));
        // A group that is kept waits for its handler to leave, for the grace time, and for the next handler.
        long slowestMillis = longestMillis + GRACE_MILLIS + PARK_MILLIS + SLACK_MILLIS;
        assertTrue(what, unit.queue().latency().max() <= TimeUnit.MILLISECONDS.toNanos(slowestMillis));
    }

    private Domain attachDomain(IoPageFaults faults, Device device) throws Exception {
        Area everything = new Area(0, -1L, Permissions.READ, true, 0, "");
        Domain domain = faults.allocateDomain(
                SwappedHandler.KIND,
                "the only handler's",
                rig.service(Sva.class).create("the only handler's", List.of(everything)),
                false);
        faults.attach(device, PASID, domain);
        return domain;
    }

    private void awaitFirstGroup() throws Exception {
        CountDownLatch first = rig.service(CountDownLatch.class);
        assertTrue("the handler gets groups", first.await(Rig.PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
    }

    @Test
    public void r06_vtd_driverSwappedOftenUnderLoad_everythingComesBackByItself() throws Exception {
        swapDriver(Vendor.VTD);
    }

    @Test
    public void r06_smmuv3_driverSwappedOftenUnderLoad_everythingComesBackByItself() throws Exception {
        swapDriver(Vendor.SMMUV3);
    }

    private void swapDriver(Vendor vendor) throws Exception {
        Bundle driver = rig.bundle(vendor.bundle());
        handler.start();
        try (Unexpected unexpected = new Unexpected();
                Traffic traffic = new Traffic(rig, vendor.device(), Pasid.NONE, vendor.region(2))) {
            long invalid = 0;
            for (int i = 0; i < DRIVER_SWAPS; i++) {
                traffic.awaitDone(100);
                long refused = traffic.count(Outcome.INVALID);
                traffic.awaitDone(100);
                assertEquals(
                        "accesses that are INVALID while the unit is there", refused, traffic.count(Outcome.INVALID));
                Counters counters = vendor.endpoint(rig).device().counters();
                driver.stop();
                Counts counts = new Counts(counters);
                assertEquals("answered " + counts, counts.get(Counter.GROUPS), counts.answers());
                assertEquals("answered late " + counts, 0, counts.get(Counter.TIMED_OUT));
                assertEquals("failed " + counts, 0, counts.get(Counter.FAILURE));
                invalid += counts.get(Counter.INVALID);
                driver.start();
            }
            traffic.awaitDone(100);
            assertTrue("groups were pending when the unit went", invalid > 0);
            assertEquals("unexpected answers at the device", 0, unexpected.count());
            assertEquals("accesses that failed", 0, traffic.count(Outcome.FAILED));
            // What the handler keeps goes to the SVA handler.
            handler.stop();
        }
    }

    @Test
    public void c12_vtd_aDeviceGoesWhileItsGroupIsKept_answeredAtOnce() throws Exception {
        deviceGoes(Vendor.VTD);
    }

    @Test
    public void c12_smmuv3_aDeviceGoesWhileItsGroupIsKept_answeredAtOnce() throws Exception {
        deviceGoes(Vendor.SMMUV3);
    }

    private void deviceGoes(Vendor vendor) throws Exception {
        handler.start();
        Endpoint device = vendor.endpoint(rig);
        Counters counters = device.device().counters();
        Counts before = new Counts(counters);
        long page = LongStream.iterate(vendor.region(8), address -> address + 4096)
                .filter(SwappedHandler::mayBeKept)
                .findFirst()
                .orElseThrow();
        FutureTask<Outcome> access = new FutureTask<>(
                () -> device.access(device.pasid(), page, Permissions.READ).outcome());
        new Thread(access, "access to a page whose group is kept").start();
        CountDownLatch first = rig.service(CountDownLatch.class);
        assertTrue("the handler got the group", first.await(Rig.PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
        vendor.removeEndpoint(rig);
        Outcome outcome = access.get(Rig.PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        assertTrue("the access ended " + outcome, outcome == Outcome.INVALID || outcome == Outcome.DISCONNECTED);
        Counts counts = new Counts(counters).minus(before);
        assertEquals("groups " + counts, 1, counts.get(Counter.GROUPS));
        assertEquals("answered INVALID " + counts, 1, counts.get(Counter.INVALID));
        // The removing thread answers what is pending. A thread that waited for the handler would wait until the
        // deadline.
        assertEquals("answered late " + counts, 0, counts.get(Counter.TIMED_OUT));
    }

    @Test
    public void r06_oneVendorsDriverSwapped_theOthersAccessesNeverFail() throws Exception {
        for (Vendor swapped : Vendor.values()) {
            Vendor other = swapped == Vendor.VTD ? Vendor.SMMUV3 : Vendor.VTD;
            Bundle driver = rig.bundle(swapped.bundle());
            try (Traffic coming = new Traffic(rig, swapped.device(), Pasid.NONE, swapped.region(3));
                    Traffic staying = new Traffic(rig, other.device(), Pasid.NONE, other.region(4))) {
                for (int i = 0; i < SIDE_BY_SIDE_SWAPS; i++) {
                    coming.awaitDone(100);
                    driver.stop();
                    staying.awaitDone(100);
                    driver.start();
                }
                coming.awaitDone(100);
                staying.close();
                assertEquals(other + " " + staying, 0, staying.failed());
                assertEquals(swapped + " " + coming, 0, coming.count(Outcome.FAILED));
            }
        }
    }
}
