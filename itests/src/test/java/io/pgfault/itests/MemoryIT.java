// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.dma.DmaEngine;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.sva.AddressSpace;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
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
import org.osgi.util.tracker.ServiceTracker;

/** Address spaces with memory in a container: bytes arrive while bundles are restarted. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class MemoryIT {
    private static final int MIB = 1 << 20;
    private static final long BYTES = 64L * MIB;
    private static final int FRAMES = 4096;
    private static final long SOURCE = 1L << 32;
    private static final long DESTINATION = 1L << 46;
    private static final long UNRELATED = 1L << 45;
    private static final long PATIENCE_SECONDS = 100;

    private Rig rig;
    private TestBundle jar;
    private Bundle handler;
    private Path folder;

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
        rig.configureOne("io.pgfault.core", "grace.millis", 50L);
        rig.configureOne("io.pgfault.sva.frames", "frames", String.valueOf(FRAMES));
        jar = SwappedHandler.bundle();
        handler = context.installBundle("swapped handler", jar.stream());
        folder = Files.createTempDirectory("memory");
    }

    @After
    public void stop() throws Exception {
        handler.uninstall();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    @Test
    public void s04_s06_vtd_aFileIsCopiedWhileHandlersAreSwappedAndOthersUnmap() throws Exception {
        copyWhileSwapping(Vendor.VTD, "group.size", 8);
    }

    @Test
    public void s04_s06_smmuv3_aFileIsCopiedWhileHandlersAreSwappedAndOthersUnmap() throws Exception {
        copyWhileSwapping(Vendor.SMMUV3, "stalls", true);
    }

    private void copyWhileSwapping(Vendor vendor, String option, Object value) throws Exception {
        String name = "copying " + vendor.name();
        DmaEngine engine = engine(vendor, name, option, value);
        assertEquals(
                FRAMES,
                rig.service(PhysicalMemory.class, "(frames=" + FRAMES + ")").frames());
        AddressSpace space = rig.service(AddressSpace.class, "(" + AddressSpace.NAME + "=" + name + ")");
        Path source = source();
        Path destination = folder.resolve("destination");
        Files.write(destination, new byte[0]);
        try (OutputStream out = Files.newOutputStream(destination)) {
            for (long at = 0; at < BYTES; at += MIB) {
                out.write(new byte[MIB]);
            }
        }
        space.mmap(SOURCE, BYTES, Permissions.READ, false, source, 0);
        space.mmap(DESTINATION, BYTES, Permissions.READ | Permissions.WRITE, true, destination, 0);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        AtomicBoolean stop = new AtomicBoolean();
        long taken = 0;
        int swaps = 0;
        try {
            Future<?> churn = threads.submit(() -> churn(space, stop));
            Future<List<Completion>> copy = threads.submit(() -> engine.execute(pieces()));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!copy.isDone() && System.nanoTime() - end < 0) {
                handler.start();
                LongSupplier groups = rig.service(LongSupplier.class);
                handler.update(jar.stream());
                taken += groups.getAsLong();
                handler.stop();
                swaps++;
            }
            for (Completion completion : copy.get(0, TimeUnit.SECONDS)) {
                assertEquals(completion.toString(), Status.SUCCESS, completion.status());
            }
            stop.set(true);
            churn.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } finally {
            stop.set(true);
            threads.shutdownNow();
        }
        space.munmap(SOURCE, BYTES);
        space.munmap(DESTINATION, BYTES);
        assertEquals(sha256(source), sha256(destination));
        assertTrue("swaps: " + swaps, swaps > 5);
        assertTrue("groups that the swapped handlers took: " + taken, taken > 0);
    }

    private DmaEngine engine(Vendor vendor, String name, String option, Object value) throws Exception {
        vendor.configure(rig, name);
        rig.configure("io.pgfault.sva.space", name, AddressSpace.NAME, name, "empty", true);
        rig.configure(
                "io.pgfault.endpoint.dma",
                name,
                "io.pgfault.device.name",
                name,
                "id",
                "0x20",
                "channels",
                4,
                option,
                value,
                "unit.target",
                "(" + IommuDriver.UNIT_NAME + "=" + vendor.unit(rig).name() + ")",
                "space.target",
                "(" + AddressSpace.NAME + "=" + name + ")");
        return rig.service(DmaEngine.class, "(&(io.pgfault.device.name=" + name + ")(" + option + "=" + value + "))");
    }

    private static List<Descriptor> pieces() {
        List<Descriptor> pieces = new ArrayList<>();
        for (long at = 0; at < BYTES; at += MIB) {
            pieces.add(Descriptor.copy(SOURCE + at, DESTINATION + at, MIB));
        }
        return pieces;
    }

    /** Maps, touches and unmaps memory beside what is being copied. */
    private static int churn(AddressSpace space, AtomicBoolean stop) {
        Random random = new Random();
        int rounds = 0;
        for (; !stop.get(); rounds++) {
            long start = UNRELATED + ((long) random.nextInt(64) << 12);
            long length = (1L + random.nextInt(64)) << 12;
            space.mmap(start, length, Permissions.READ | Permissions.WRITE, random.nextBoolean());
            assertEquals(ResponseCode.SUCCESS, space.populate(start, Permissions.WRITE));
            space.mprotect(start, length, Permissions.READ);
            space.munmap(start, length);
            assertEquals(ResponseCode.INVALID, space.populate(start, Permissions.READ));
        }
        return rounds;
    }

    private Path source() throws IOException {
        SplittableRandom random = new SplittableRandom();
        ByteBuffer chunk = ByteBuffer.allocate(MIB);
        Path file = folder.resolve("source");
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long at = 0; at < BYTES; at += MIB) {
                for (chunk.clear(); chunk.hasRemaining(); ) {
                    chunk.putLong(random.nextLong());
                }
                out.write(chunk.array());
            }
        }
        return file;
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    @Test
    public void aBrokenMapsFileMakesNoAddressSpaceAndACorrectedOneDoes() throws Exception {
        String filter = "(" + AddressSpace.NAME + "=corrected)";
        Path broken = Files.writeString(folder.resolve("broken.maps"), "1000-zzzz rw-p 0 0 0\n");
        Path maps = Path.of(System.getProperty(Container.SAMPLES), "cat.maps");
        rig.configure("io.pgfault.sva.space", "corrected", AddressSpace.NAME, "corrected", "maps", broken.toString());
        rig.configure("io.pgfault.sva.space", "after", AddressSpace.NAME, "after", "empty", true);
        // Configurations are applied in order: when the second is there, the first has been tried.
        rig.service(AddressSpace.class, "(" + AddressSpace.NAME + "=after)");
        ServiceTracker<AddressSpace, AddressSpace> tracker = rig.tracker(AddressSpace.class, filter);
        try {
            assertNull(tracker.getService());
            rig.configure("io.pgfault.sva.space", "corrected", AddressSpace.NAME, "corrected", "maps", maps.toString());
            AddressSpace space = rig.service(AddressSpace.class, filter);
            long first = space.areas().get(0).start();
            assertEquals(ResponseCode.SUCCESS, space.populate(first, Permissions.READ));
            configurations
                    .getFactoryConfiguration("io.pgfault.sva.space", "corrected", "?")
                    .delete();
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Rig.PATIENCE_MILLIS);
            while (tracker.getService() != null || space.populate(first, Permissions.READ) != ResponseCode.INVALID) {
                assertTrue("the process exits", System.nanoTime() - end < 0);
                Thread.onSpinWait();
            }
        } finally {
            tracker.close();
        }
    }
}
