// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.guest.internal.fault.AssignedFunction;
import io.pgfault.guest.internal.fault.FirstStages;
import io.pgfault.guest.internal.fault.HostQueue;
import io.pgfault.smmuv3.internal.IommuUnit;
import io.pgfault.smmuv3.internal.TableFile;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.sva.internal.bind.SvaHandler;
import io.pgfault.sva.internal.bind.SvaService;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.sva.internal.space.RootedAddressSpace;
import io.pgfault.userfault.internal.UserDomain;
import io.pgfault.userfault.spec.ControlRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A guest behind an SMMUv3, in one process: host and guest have a core, a unit and SVA each. The guest's memory is a
 * file with the page frames and, behind them, the context descriptors of the guest's unit, which the host's unit reads.
 */
@Timeout(120)
class GuestStreamTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int PASID = 1;
    private static final int ID = 0x10;
    private static final int FRAMES = 1024;
    private static final int TABLES = 1 << 18;
    private static final int PAGE = Translation.PAGE_SIZE;
    private static final long AT = 0x7000_0000_0000L;

    @TempDir
    private Path folder;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private Way way;
    private Path file;
    private SystemMemory memory;
    private TestDevice engine;
    private Guest guest;

    private <T extends AutoCloseable> T opened(T what) {
        open.push(what);
        return what;
    }

    private void start(Way how) throws Exception {
        way = how;
        file = Files.write(folder.resolve("guest.mem"), new byte[FRAMES * PAGE + TABLES]);
        StartedCore host = opened(new StartedCore(LONG));
        host.serve(UserQueue.KIND, true, UserQueue.handler());
        host.serve(Sva.DOMAIN_KIND, false, new SvaHandler());
        RunningUnit unit = opened(way.open(host.faults(), "smmu0"));
        UserDomain queue = opened(
                UserQueue.startNested(host.faults(), folder.resolve("vm0"), file, 0, LONG, ControlRecord.ARM_SMMUV3));
        engine = opened(way.device(unit.unit(), "dma0", ID));
        host.faults().attach(engine.device(), Pasid.NONE, queue.domain());
        memory = new SystemMemory(FRAMES, file.toString(), 0);
        guest = new Guest(true);
    }

    /** The guest's container. */
    private final class Guest {
        private final StartedCore core = opened(new StartedCore(LONG));
        private final HostQueue toHost;
        private final AssignedFunction function;
        private final SvaService sva = new SvaService(core.faults(), memory);
        private final Upstream upstream;
        private final IommuUnit unit;

        /** @param answers whether the guest has a handler for its address spaces */
        Guest(boolean answers) throws Exception {
            if (answers) {
                core.serve(Sva.DOMAIN_KIND, false, new SvaHandler());
            } else {
                core.serve(Sva.DOMAIN_KIND, true, group -> Disposition.TAKEN);
            }
            boolean stalls = way == Way.SMMUV3_STALL;
            toHost = opened(new HostQueue("dma0", folder.resolve("vm0")));
            function = new AssignedFunction("dma0", stalls, toHost);
            toHost.start(function);
            unit = new IommuUnit(
                    core.faults(),
                    "vsmmu0",
                    new Sizes(8, 8, 8, 64),
                    TableFile.open("vsmmu0", file.toString(), FRAMES * PAGE, TABLES));
            unit.start(() -> {});
            opened(unit::stop);
            upstream = opened(unit.connect("dma0", ID, function));
            function.connected(upstream, new FirstStages(upstream, toHost, ID, PASID, stalls));
        }

        Device device() {
            return upstream.device();
        }

        AddressSpace space(String name) {
            return opened(new RootedAddressSpace(name, TableFormat.AARCH64_FOUR_LEVELS, memory));
        }

        /** As a kill does it: the host sees the connection end, and nothing is detached before. */
        void kill() {
            toHost.close();
            unit.stop();
            core.close();
            await().atMost(LONG).until(() -> Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("io-pgfault-guest-dma0-answers")));
        }
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

    private static long inFile(AddressSpace space, long address) {
        return Translation.address(space.walk(address));
    }

    @ParameterizedTest
    @EnumSource(names = {"SMMUV3_PRI", "SMMUV3_STALL"})
    void n02_n07_faultsReachTheGuest_andBothSidesCountTheSame(Way how) throws Exception {
        start(how);
        AddressSpace space = guest.space("program");
        int pages = 200;
        space.mmap(AT, (long) pages * PAGE, READ | WRITE, false);
        try (Binding binding = guest.sva.bind(guest.device(), space, PASID)) {
            assertThat(binding.pasid()).isEqualTo(PASID);
            for (int i = 0; i < pages; i++) {
                long address = AT + (long) i * PAGE;
                assertThat(access(address, WRITE, Outcome.DONE)).isEqualTo(inFile(space, address));
            }
            assertThat(access(AT + (long) pages * PAGE, READ, Outcome.INVALID)).isEqualTo(-1);
        }
        assertThat(guest.device().counters().get(Counter.SUCCESS))
                .as("each page faults once in the guest")
                .isEqualTo(pages);
        assertThat(guest.device().counters().get(Counter.INVALID)).isEqualTo(1);
        assertThat(engine.device().counters().get(Counter.GROUPS)
                        - engine.device().counters().get(Counter.SECOND_STAGE))
                .as("groups of the host that went to the guest")
                .isEqualTo(pages + 1);
        assertThat(guest.function.unexpected() + engine.unexpected()).isZero();
    }

    /** The host's unit caches the guest's context descriptors: another one of the same PASID is used at once. */
    @ParameterizedTest
    @EnumSource(names = {"SMMUV3_PRI", "SMMUV3_STALL"})
    void n03_s06_whatTheGuestUnmapsOrUnbinds_noDeviceUsesAfterwards(Way how) throws Exception {
        start(how);
        Random random = new Random(42);
        AddressSpace[] spaces = {guest.space("one"), guest.space("other")};
        for (int round = 0; round < 12; round++) {
            AddressSpace space = spaces[round & 1];
            try (Binding binding = guest.sva.bind(guest.device(), space, PASID)) {
                assertThat(binding.pasid()).isEqualTo(PASID);
                for (int i = 0; i < 2; i++) {
                    space.mmap(AT, 8L * PAGE, READ | WRITE, false);
                    long address = AT + (long) random.nextInt(8) * PAGE;
                    assertThat(access(address, WRITE, Outcome.DONE)).isEqualTo(inFile(space, address));
                    space.munmap(AT, 8L * PAGE);
                    assertThat(access(address, READ, Outcome.INVALID)).isEqualTo(-1);
                }
                space.mmap(AT, PAGE, READ | WRITE, false);
                assertThat(access(AT, WRITE, Outcome.DONE)).isEqualTo(inFile(space, AT));
            }
            assertThat(access(AT, READ, Outcome.INVALID)).as("unbound").isEqualTo(-1);
            space.munmap(AT, PAGE);
        }
    }

    /**
     * A guest is killed while a device waits for it. The grace time is long, so the host keeps the guest's first stage;
     * the next guest uses the memory for something else, and has the host detach it first.
     */
    @ParameterizedTest
    @EnumSource(names = {"SMMUV3_PRI", "SMMUV3_STALL"})
    void n05_whatAKilledGuestHasLeft_noDeviceUsesInTheNextGuest(Way how) throws Exception {
        start(how);
        guest.kill();
        guest = new Guest(false);
        AddressSpace space = guest.space("program");
        space.mmap(AT, 2 * PAGE, READ | WRITE, false);
        space.populate(AT, WRITE);
        guest.sva.bind(guest.device(), space, PASID);
        assertThat(access(AT, WRITE, Outcome.DONE)).isEqualTo(inFile(space, AT));
        CompletableFuture<Access> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return engine.access(PASID, AT + PAGE, WRITE, page -> {});
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().atMost(LONG).until(() -> guest.function.raised() == 1);
        guest.kill();
        assertThat(access(AT, WRITE, Outcome.DONE))
                .as("the first stage stays for the grace time")
                .isEqualTo(inFile(space, AT));

        guest = new Guest(true);
        assertThat(waiting.get(60, TimeUnit.SECONDS).outcome()).isEqualTo(Outcome.INVALID);
        assertThat(access(AT, WRITE, Outcome.INVALID)).isEqualTo(-1);
        AddressSpace next = guest.space("next");
        next.mmap(AT, PAGE, READ | WRITE, false);
        opened(guest.sva.bind(guest.device(), next, PASID));
        assertThat(access(AT, WRITE, Outcome.DONE)).isEqualTo(inFile(next, AT));
        assertThat(guest.function.raised()).isEqualTo(1);
        assertThat(guest.function.unexpected() + engine.unexpected()).isZero();
    }
}
