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
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.watch.FaultWatch;
import java.nio.ByteBuffer;
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
import org.junit.After;
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
    private static final int INNER_PAGES = 512;

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

    /**
     * Host and guest are in one container: the host's unit dmar0 with the engine dma0, which the guest has as dma1
     * behind its unit vdmar0 and gives to its own guest, the test.
     */
    @Test
    public void n02_aGuestGivesItsDeviceToAGuestOfItsOwn_andFaultsReachThatGuest() throws Exception {
        Rig rig = new Rig(context, configurations);
        Path folder = Files.createTempDirectory("guests");
        int part = INNER_PAGES * PAGE;
        String memory =
                Files.write(folder.resolve("guest.mem"), new byte[2 * part]).toString();
        String outer = folder.resolve("vm0.sock").toString();
        String inner = folder.resolve("vm1.sock").toString();
        String engine = folder.resolve("dma0.sock").toString();
        rig.configure("io.pgfault.vtd.unit", "dmar0", IommuDriver.UNIT_NAME, "dmar0");
        rig.configure(
                "io.pgfault.userfault", "vm0", Domain.NAME, "vm0", "nested", "vtd", "memory", memory, "socket", outer);
        rig.configure(
                "io.pgfault.endpoint.attached",
                "dma0",
                Endpoint.DEVICE_NAME,
                "dma0",
                "id",
                "00:02.0",
                "pasid",
                1,
                "unit.target",
                "(io.pgfault.unit.name=dmar0)",
                "domain.target",
                "(io.pgfault.domain.name=vm0)");
        rig.configure(
                "io.pgfault.guest.engine", "dma0", "engine.target", "(io.pgfault.device.name=dma0)", "socket", engine);
        awaitFile(engine);

        rig.configureOne("io.pgfault.sva.frames", "frames", Integer.toString(INNER_PAGES), "file", memory);
        rig.configure("io.pgfault.vtd.unit", "vdmar0", IommuDriver.UNIT_NAME, "vdmar0");
        rig.configure(
                "io.pgfault.userfault",
                "vm1",
                Domain.NAME,
                "vm1",
                "nested",
                "vtd",
                "memory",
                memory,
                "memory.offset",
                part,
                "memory.size",
                part,
                "socket",
                inner);
        rig.configure(
                "io.pgfault.guest.attached",
                "dma1",
                Endpoint.DEVICE_NAME,
                "dma1",
                "id",
                "00:02.0",
                "host.id",
                "00:02.0",
                "socket",
                outer,
                "engine",
                engine,
                "unit.target",
                "(io.pgfault.unit.name=vdmar0)",
                "domain.target",
                "(io.pgfault.domain.name=vm1)");
        DmaEngine device = rig.service(DmaEngine.class, "(io.pgfault.device.name=dma1)");
        assertEquals(1, device.pasid());

        try (InnerGuest guest = new InnerGuest(Path.of(inner), Path.of(memory), part)) {
            assertEquals("error of the attachment", 0, guest.attach(0x10, 1));
            byte[] content = GrantingClient.content(0x5000);
            guest.map(0x5000, 0x8000);
            guest.map(0x6000, 0x9000);
            guest.write(0x8000, content);
            List<Completion> done = device.execute(List.of(Descriptor.copy(0x5000, 0x6000, PAGE)));
            assertEquals(Completion.Status.SUCCESS, done.get(0).status());
            assertArrayEquals("the destination in the inner guest's memory", content, guest.read(0x9000));

            FutureTask<Endpoint.Access> mapped = accessing(device, 0x7000);
            ByteBuffer fault = guest.next();
            assertEquals("the address of the device", 0x7000, fault.getLong(24));
            guest.map(0x7000, 0xa000);
            guest.respond(fault, 0);
            assertEquals(
                    Endpoint.Outcome.DONE,
                    mapped.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).outcome());

            FutureTask<Endpoint.Access> refused = accessing(device, 0xb000);
            guest.respond(guest.next(), 1);
            assertEquals(
                    Endpoint.Outcome.INVALID,
                    refused.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).outcome());
        }
    }

    private static FutureTask<Endpoint.Access> accessing(DmaEngine device, long address) {
        FutureTask<Endpoint.Access> access =
                new FutureTask<>(() -> device.access(device.pasid(), address, Permissions.WRITE));
        new Thread(access).start();
        return access;
    }

    private static void awaitFile(String path) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        while (!Files.exists(Path.of(path)) && System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }

    /** The guest's configurations go before the host's, and before the frames. */
    @After
    public void removeAll() throws Exception {
        for (String pid : List.of("guest.attached", "guest.engine", "endpoint.attached", "userfault", "vtd.unit")) {
            org.osgi.service.cm.Configuration[] made =
                    configurations.listConfigurations("(service.factoryPid=io.pgfault." + pid + ")");
            for (int i = 0; made != null && i < made.length; i++) {
                made[i].delete();
            }
        }
        org.osgi.service.cm.Configuration[] frames =
                configurations.listConfigurations("(service.pid=io.pgfault.sva.frames)");
        if (frames != null) {
            frames[0].delete();
        }
        awaitGone(Endpoint.class);
        awaitGone(Domain.class);
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
