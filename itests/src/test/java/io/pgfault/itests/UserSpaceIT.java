// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;

import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.dma.DmaEngine;
import io.pgfault.api.watch.FaultWatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A domain for user space in a container: a device moves memory that it shares with the client of the domain's queue.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class UserSpaceIT {
    private static final long PATIENCE_MILLIS = 20_000;
    private static final int PAGE = 4096;
    private static final int PAGES = 64;

    @Inject
    private BundleContext context;

    @Inject
    private ConfigurationAdmin configurations;

    @Configuration
    public static Option[] container() {
        return Container.shippedAndTesting();
    }

    @Test
    public void dmaProceedsInSharedMemory_theQueueGoes_theDeviceGoesWithIt_bothComeBack() throws Exception {
        Path folder = Files.createTempDirectory("user");
        Path socket = folder.resolve("vm0.sock");
        Path memory = Files.write(folder.resolve("memory"), new byte[PAGES * PAGE]);
        configure("io.pgfault.vtd.unit", "dmar0", "io.pgfault.unit.name", "dmar0");
        queue(socket, memory, PATIENCE_MILLIS);
        configure(
                "io.pgfault.endpoint.attached",
                "dma0",
                "io.pgfault.device.name",
                "dma0",
                "id",
                "00:03.0",
                "domain.target",
                "(io.pgfault.domain.name=vm0)");

        try (GrantingClient client = new GrantingClient(socket, memory)) {
            DmaEngine engine = service(DmaEngine.class);
            assertNotNull("the engine", engine);
            assertEquals(Pasid.NONE, engine.pasid());
            List<Completion> done = engine.execute(List.of(Descriptor.copy(PAGE, 8 * PAGE, 3 * PAGE)));
            assertEquals(Completion.Status.SUCCESS, done.get(0).status());
            assertEquals(6, done.get(0).requests());
            byte[] content = Files.readAllBytes(memory);
            for (int page = 1; page <= 3; page++) {
                byte[] expected = GrantingClient.content((long) page * PAGE);
                assertArrayEquals("source", expected, page(content, page));
                assertArrayEquals("destination", expected, page(content, page + 7));
            }

            assertEquals(List.of(), troubles());

            configurations
                    .getFactoryConfiguration("io.pgfault.userfault", "vm0", "?")
                    .delete();
            assertEquals("what the client served", 6, client.groups());
        }
        awaitGone(Domain.class);
        awaitGone(Endpoint.class);
        assertFalse(Files.exists(socket));

        // The new queue knows nothing of the pages of the old one. Without a client the access waits for the grace
        // time.
        queue(socket, memory, 100);
        Endpoint endpoint = service(Endpoint.class);
        FutureTask<Endpoint.Access> access =
                new FutureTask<>(() -> endpoint.access(Pasid.NONE, PAGE, Permissions.READ));
        new Thread(access).start();
        assertEquals(
                Endpoint.Outcome.INVALID,
                access.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).outcome());
        assertEquals(1, access.get().requests());
        assertEquals(List.of("CLIENT_GONE vm0"), troubles());
    }

    /** What is wrong now. */
    private List<String> troubles() throws InterruptedException {
        return service(FaultWatch.class).troubles().stream()
                .filter(trouble -> trouble.kind().isNow())
                .map(trouble -> trouble.kind() + " " + trouble.subject())
                .collect(Collectors.toList());
    }

    private void queue(Path socket, Path memory, long graceMillis) throws Exception {
        configure(
                "io.pgfault.userfault",
                "vm0",
                Domain.NAME,
                "vm0",
                "socket",
                socket.toString(),
                "grace.millis",
                Long.toString(graceMillis),
                "memory",
                memory.toString());
    }

    private static byte[] page(byte[] content, int page) {
        return Arrays.copyOfRange(content, page * PAGE, (page + 1) * PAGE);
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

    /** The client ends a moment before its queue's component has. */
    private void awaitGone(Class<?> type) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (context.getServiceReference(type) != null && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
        assertNull(type.getName() + " went", context.getServiceReference(type));
    }

    private void configure(String factoryPid, String name, String... properties) throws Exception {
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < properties.length; i += 2) {
            values.put(properties[i], properties[i + 1]);
        }
        configurations.getFactoryConfiguration(factoryPid, name, "?").update(FrameworkUtil.asDictionary(values));
    }
}
