// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import io.pgfault.api.Counter;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.trace.LackeyReader;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.replay.ClosedLoopReplay;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.util.tracker.ServiceTracker;

/** The bundles of the executable jar in a container: wired, at work, and with the VT-d bundle swapped under them. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ContainerIT {
    private static final long PATIENCE_MILLIS = 20_000;

    @Inject
    private BundleContext context;

    @Inject
    private ConfigurationAdmin configurations;

    @Inject
    private ServiceComponentRuntime components;

    @Configuration
    public static Option[] container() {
        return Container.shippedAndTesting();
    }

    @Test
    public void theFrameworkIsTheOneThatWasAskedFor() {
        assertEquals(
                System.getProperty(Container.FRAMEWORK), context.getBundle(0).getSymbolicName());
    }

    @Test
    public void everyComponentIsSatisfied() {
        List<String> unsatisfied = new ArrayList<>();
        int seen = 0;
        for (ComponentDescriptionDTO description : components.getComponentDescriptionDTOs()) {
            if (!description.bundle.symbolicName.startsWith("io.pgfault.")) {
                continue;
            }
            seen++;
            for (ComponentConfigurationDTO dto : components.getComponentConfigurationDTOs(description)) {
                if (dto.state != ComponentConfigurationDTO.ACTIVE && dto.state != ComponentConfigurationDTO.SATISFIED) {
                    unsatisfied.add(description.name + " state " + dto.state + " " + dto.failure);
                }
            }
        }
        assertTrue("no component of ours was found", seen > 0);
        assertEquals(List.of(), unsatisfied);
    }

    @Test
    public void r06_sampleReplays_vtdStopsAndStarts_sampleReplaysAgain() throws Exception {
        Path trace = Path.of(System.getProperty(Container.SAMPLES), "cat.lackey.gz");
        Path maps = Path.of(System.getProperty(Container.SAMPLES), "cat.maps");
        Sample expected = Sample.compute(trace, maps);
        configure("io.pgfault.vtd.unit", "dmar0", "io.pgfault.unit.name", "dmar0");
        configure("io.pgfault.sva.space", "cat", "io.pgfault.address.space.name", "cat", "maps", maps.toString());
        configure(
                "io.pgfault.endpoint.pcie",
                "nic0",
                "io.pgfault.device.name",
                "nic0",
                "id",
                "00:02.0",
                "unit.target",
                "(io.pgfault.unit.name=dmar0)",
                "space.target",
                "(io.pgfault.address.space.name=cat)");

        ClosedLoopReplay.Result first = replay(trace);
        assertEquals(expected.accesses(), first.accesses());
        assertEquals(expected.requests(), first.requests());
        assertEquals(expected.failedAccesses(), first.failedAccesses());
        assertEquals(expected.success(), count(Counter.SUCCESS));
        assertEquals(expected.invalid(), count(Counter.INVALID));
        assertEquals(expected.pages(), service(AddressSpace.class).populatedPages());

        Bundle vtd = bundle("io.pgfault.vtd");
        vtd.stop();
        assertTrue("the unit went", context.getServiceReference(Unit.class) == null);
        assertTrue("its device went with it", context.getServiceReference(Endpoint.class) == null);
        vtd.start();

        // The process has kept its pages, and its permissions are as before.
        ClosedLoopReplay.Result second = replay(trace);
        assertEquals(expected.invalid(), second.requests());
        assertEquals(expected.failedAccesses(), second.failedAccesses());
        assertEquals("the unit is a new one", expected.invalid(), count(Counter.INVALID));
        assertEquals(0, count(Counter.SUCCESS));
    }

    private ClosedLoopReplay.Result replay(Path trace) throws Exception {
        Endpoint endpoint = service(Endpoint.class);
        try (LackeyReader reader = new LackeyReader(TraceFile.open(trace))) {
            return new ClosedLoopReplay(endpoint, endpoint.pasid(), new ClosedLoopReplay.Listener() {}).replay(reader);
        }
    }

    private long count(Counter counter) throws InterruptedException {
        return service(Unit.class).queue().counters().get(counter);
    }

    private <T> T service(Class<T> type) throws InterruptedException {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context, type, null);
        tracker.open();
        try {
            T service = tracker.waitForService(PATIENCE_MILLIS);
            assertNotNull(type.getName() + " came up", service);
            return service;
        } finally {
            tracker.close();
        }
    }

    private Bundle bundle(String symbolicName) {
        for (Bundle bundle : context.getBundles()) {
            if (symbolicName.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new AssertionError("no bundle " + symbolicName);
    }

    private void configure(String factoryPid, String name, String... properties) throws Exception {
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < properties.length; i += 2) {
            values.put(properties[i], properties[i + 1]);
        }
        configurations.getFactoryConfiguration(factoryPid, name, "?").update(FrameworkUtil.asDictionary(values));
    }
}
