// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.guest.internal.fault.AssignedFunction;
import io.pgfault.guest.internal.fault.FirstStages;
import io.pgfault.guest.internal.fault.HostQueue;
import io.pgfault.guest.internal.fault.ShadowFrames;
import io.pgfault.guest.internal.fault.ShadowStage;
import io.pgfault.sva.internal.bind.SvaHandler;
import io.pgfault.sva.internal.bind.SvaService;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.userfault.internal.UserDomain;
import io.pgfault.userfault.internal.memory.GuestMemory;
import io.pgfault.userfault.spec.ControlRecord;
import io.pgfault.vtd.internal.IommuUnit;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest in a guest, in one process: host, guest and inner guest have a core, a VT-d unit and SVA each. The guest's
 * memory is a file; the inner guest's memory is a part of that file. One device, behind the host's unit, uses the inner
 * guest's address space.
 */
@Timeout(120)
class NestOnceMoreTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int PASID = 1;
    private static final int ID = 0x10;
    private static final int PAGES = 4096;
    private static final long INNER = 2048 * 4096L;
    private static final long AT = 0x7000_0000_0000L;
    private static final int PAGE = Translation.PAGE_SIZE;

    @TempDir
    private Path folder;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private FileChannel file;
    private TestDevice engine;
    private Device inGuest;
    private Device inInner;
    private AddressSpace space;
    private SystemMemory innerMemory;
    private AssignedFunction outerFunction;
    private AssignedFunction innerFunction;

    private <T extends AutoCloseable> T opened(T what) {
        open.push(what);
        return what;
    }

    private IommuUnit unit(StartedCore core, String name) {
        core.serve(UserQueue.KIND, true, UserQueue.handler());
        core.serve(Sva.DOMAIN_KIND, false, new SvaHandler());
        IommuUnit unit = new IommuUnit(core.faults(), name, 0, false);
        unit.start(() -> {});
        opened(unit::stop);
        return unit;
    }

    @BeforeEach
    void startAll() throws Exception {
        Path memory = Files.write(folder.resolve("guest.mem"), new byte[PAGES * PAGE]);
        file = opened(FileChannel.open(memory, StandardOpenOption.READ));

        StartedCore host = opened(new StartedCore(LONG));
        IommuUnit dmar = unit(host, "dmar0");
        UserDomain hostQueue = opened(UserQueue.startNested(host.faults(), folder.resolve("vm0"), memory, 0, LONG));
        engine = opened(TestDevice.function(dmar, "dma0", ID));
        host.faults().attach(engine.device(), PASID, hostQueue.domain());

        StartedCore guest = opened(new StartedCore(LONG));
        IommuUnit viommu = unit(guest, "viommu0");
        SystemMemory guestMemory = new SystemMemory(2048, memory.toString(), 0);
        Sva guestSva = new SvaService(guest.faults(), guestMemory);
        HostQueue toHost = opened(new HostQueue("dma0", folder.resolve("vm0")));
        outerFunction = new AssignedFunction("dma0", false, toHost);
        toHost.start(outerFunction);
        ShadowFrames frames = opened(new ShadowFrames(guestSva, "dma0"));
        Optional<ShadowStage> shadow = Optional.of(new ShadowStage("dma0", guestMemory, frames));
        Upstream outer = opened(viommu.connect("dma0", ID, outerFunction));
        outerFunction.connected(outer, new FirstStages(outer, toHost, ID, PASID, shadow), shadow);
        inGuest = outer.device();
        GuestMemory part = new GuestMemory("inner.memory", memory, 0, INNER, INNER);
        UserDomain guestQueue =
                opened(UserQueue.startNested(guest.faults(), folder.resolve("vm1"), part, LONG, ControlRecord.VTD_S1));
        guest.faults().attach(inGuest, PASID, guestQueue.domain());

        StartedCore inner = opened(new StartedCore(LONG));
        IommuUnit innermost = unit(inner, "viommu1");
        innerMemory = new SystemMemory(2048, memory.toString(), INNER);
        Sva sva = new SvaService(inner.faults(), innerMemory);
        HostQueue toGuest = opened(new HostQueue("dma0", folder.resolve("vm1")));
        innerFunction = new AssignedFunction("dma0", false, toGuest);
        toGuest.start(innerFunction);
        Upstream upstream = opened(innermost.connect("dma0", ID, innerFunction));
        innerFunction.connected(upstream, new FirstStages(upstream, toGuest, ID, PASID, false));
        inInner = upstream.device();
        space = sva.create("program");
        Binding binding = opened(sva.bind(inInner, space, PASID));
        assertThat(binding.pasid()).isEqualTo(PASID);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable next : open) {
            next.close();
        }
    }

    /** The device's access; the address in the file of the page that the device was given, -1 for none. */
    private long access(long address, int permissions, Outcome expected) throws InterruptedException {
        long[] used = {-1};
        Access access = engine.access(PASID, address, permissions, page -> used[0] = Translation.address(page));
        assertThat(access.outcome()).as("access to 0x%x", address).isEqualTo(expected);
        return used[0];
    }

    /** What the inner guest's memory management says where a page is in the file. */
    private long inFile(long address) {
        return INNER + Translation.address(space.walk(address));
    }

    @Test
    void t06_n02_faultsOfTheInnerGuestReachIt_andItsPagesAreUsed() throws Exception {
        int pages = 600;
        space.mmap(AT, (long) pages * PAGE, READ | WRITE, false);
        for (int i = 0; i < pages; i++) {
            long address = AT + (long) i * PAGE;
            assertThat(access(address, WRITE, Outcome.DONE)).isEqualTo(inFile(address));
        }
        assertThat(space.populatedPages()).isEqualTo(pages);
        assertThat(innerFunction.raised())
                .as("each page faults once in the inner guest")
                .isEqualTo(pages);
        assertThat(inInner.counters().get(Counter.SUCCESS)).isEqualTo(pages);
        assertThat(access(AT + (long) pages * PAGE, READ, Outcome.INVALID)).isEqualTo(-1);
        assertThat(inInner.counters().get(Counter.INVALID)).isEqualTo(1);
        assertThat(outerFunction.unexpected() + innerFunction.unexpected()).isZero();
        assertThat(inGuest.counters().get(Counter.SUCCESS)).isPositive();
    }

    @Test
    void n03_s06_whatTheInnerGuestUnmaps_noDeviceUsesAfterwards_andItsFrameIsSomethingElse() throws Exception {
        Random random = new Random(42);
        for (int round = 0; round < 30; round++) {
            space.mmap(AT, 8L * PAGE, READ | WRITE, false);
            for (int i = 0; i < 8; i++) {
                long address = AT + (long) random.nextInt(8) * PAGE;
                assertThat(access(address, random.nextBoolean() ? READ : WRITE, Outcome.DONE))
                        .isEqualTo(inFile(address));
            }
            space.munmap(AT, 8L * PAGE);
            assertThat(access(AT + (long) random.nextInt(8) * PAGE, READ, Outcome.INVALID))
                    .isEqualTo(-1);
        }
    }

    /** Copy on write in the inner guest: the shadow's entry is read-only until the write faults. */
    @Test
    void s04_aForkOfTheInnerGuest_copiesOnTheDevicesWrite() throws Exception {
        space.mmap(AT, PAGE, READ | WRITE, false);
        long shared = access(AT, WRITE, Outcome.DONE);
        try (AddressSpace child = space.fork("child")) {
            assertThat(access(AT, READ, Outcome.DONE)).isEqualTo(shared);
            long copy = access(AT, WRITE, Outcome.DONE);
            assertThat(copy).isNotEqualTo(shared).isEqualTo(inFile(AT));
            assertThat(INNER + Translation.address(child.walk(AT))).isEqualTo(shared);
        }
    }

    @Test
    void n04_theInnerGuestsMemoryIsItsPartOfTheFile() throws Exception {
        space.mmap(AT, PAGE, READ | WRITE, false);
        long at = access(AT, WRITE, Outcome.DONE);
        assertThat(at).isBetween(INNER, PAGES * (long) PAGE - 1);
        ByteBuffer word = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0xcafe)
                .flip();
        innerMemory.write(Translation.address(space.walk(AT)), word);
        ByteBuffer read = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        file.read(read, at);
        assertThat(read.getLong(0)).isEqualTo(0xcafe);
        assertThat(List.of(engine.unexpected(), outerFunction.unexpected())).containsOnly(0L);
    }
}
