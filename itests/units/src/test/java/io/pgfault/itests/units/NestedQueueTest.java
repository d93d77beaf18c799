// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.itests.units.VmmClient.Received;
import io.pgfault.sva.internal.bind.SvaHandler;
import io.pgfault.userfault.internal.UserDomain;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client attaches first stages in its memory by control records: core, queue, handler of the second stage, and a unit
 * that knows one format. The guest's memory begins at {@code BASE}, so that a forgotten second stage is noticed.
 */
class NestedQueueTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final long BASE = 0x10_0000;
    private static final int PAGES = 64;
    private static final int PASID = 9;
    private static final int ID = 0x10;
    private static final long ROOT = BASE + 0x3000;
    private static final int ENODEV = 19;
    private static final int EBUSY = 16;
    private static final int EINVAL = 22;
    private static final int ENOENT = 2;

    @TempDir
    private Path folder;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final ExecutorService devices = Executors.newCachedThreadPool();
    private StartedCore core;
    private NestingUnit unit;
    private Device nic;
    private MappedByteBuffer memory;

    @BeforeEach
    void startCore() {
        core = new StartedCore(DEADLINE);
        core.serve(UserQueue.KIND, true, UserQueue.handler());
        core.serve("sva", false, new SvaHandler());
        unit = new NestingUnit(core.faults(), "unit0", 1);
        nic = unit.device("nic0", ID);
        open.add(core);
        open.add(unit);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size(); i-- > 0; ) {
            open.get(i).close();
        }
        devices.shutdown();
        assertThat(devices.awaitTermination(1, TimeUnit.MINUTES))
                .as("every access has ended")
                .isTrue();
        assertThat(unit.strayResponses).hasValue(0);
    }

    private Path queue(String name, Duration grace, Device... assigned) throws Exception {
        Path file = Files.write(folder.resolve(name + ".memory"), new byte[PAGES * 4096]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGES * 4096L);
            memory.order(ByteOrder.LITTLE_ENDIAN);
        }
        UserDomain queue = UserQueue.startNested(core.faults(), folder.resolve(name), file, BASE, grace);
        open.add(queue);
        for (Device device : assigned) {
            core.faults().attach(device, Pasid.NONE, queue.domain());
        }
        return folder.resolve(name);
    }

    private void map(int page, long address) {
        memory.putLong((int) (ROOT - BASE) + page * 8, address | 1);
    }

    private Future<Integer> write(Device device, int pasid, long address, long value) {
        return devices.submit(() -> unit.write(device, pasid, address, value));
    }

    private static int end(Future<Integer> access) throws Exception {
        return access.get(1, TimeUnit.MINUTES);
    }

    @Test
    void n01_n02_n03_clientMapsAPage_hostPopulatesTheRest_invalidationIsSeen() throws Exception {
        Path socket = queue("vm0", LONG, nic);
        try (VmmClient client = new VmmClient(socket)) {
            client.attach(1, ID, PASID, ROOT);
            assertThat(client.errno(1)).isZero();

            Future<Integer> access = write(nic, PASID, 0x5008, 0xcafe);
            Received fault = client.next();
            assertThat(fault.addr()).as("the address of the device").isEqualTo(0x5008);
            assertThat(fault.pasid()).isEqualTo(PASID);
            assertThat(fault.devId()).isEqualTo(ID);
            map(5, BASE + 0x8000);
            client.respond(fault, 0);

            assertThat(end(access))
                    .as("the table's page, the client's page, the data's page")
                    .isEqualTo(3);
            assertThat(memory.getLong(0x8008)).isEqualTo(0xcafe);
            assertThat(nic.counters().get(Counter.SECOND_STAGE)).isEqualTo(2);

            map(5, BASE + 0x9000);
            client.invalidate(2, ID, PASID, 0);
            assertThat(client.errno(2)).isZero();
            assertThat(end(write(nic, PASID, 0x5010, 0xbeef)))
                    .as("the data's page")
                    .isEqualTo(1);
            assertThat(memory.getLong(0x9010)).isEqualTo(0xbeef);
            assertThat(memory.getLong(0x8010)).isZero();

            client.detach(3, ID, PASID);
            assertThat(client.errno(3)).isZero();
            assertThat(end(write(nic, PASID, 0x5010, 1))).isEqualTo(-1);
            client.detach(4, ID, PASID);
            assertThat(client.errno(4)).isEqualTo(ENOENT);
        }
    }

    /** The invalidation waits for an access, and the access for a response behind it in the stream. */
    @Test
    void n03_anInvalidationThatWaitsStopsNoResponse() throws Exception {
        Path socket = queue("vm0", LONG, nic);
        try (VmmClient client = new VmmClient(socket)) {
            client.attach(1, ID, PASID, ROOT);
            assertThat(client.errno(1)).isZero();
            Future<Integer> access = write(nic, PASID, 0x5008, 7);
            Received fault = client.next();
            unit.waitsForAnswers = true;
            client.invalidate(2, ID, PASID, 0);
            map(5, BASE + 0x8000);
            client.respond(fault, 0);

            assertThat(client.errno(2)).isZero();
            assertThat(end(access)).isEqualTo(3);
        }
    }

    @Test
    void n04_aClientReachesItsDevicesAndItsMemoryOnly() throws Exception {
        Device foreign = unit.device("nic1", 0x11);
        Domain host = core.faults().allocateDomain("host", "process", PageTable.EMPTY, false);
        core.faults().attach(nic, 5, host);
        Path socket = queue("vm0", LONG, nic);
        try (VmmClient client = new VmmClient(socket)) {
            client.attach(1, 0x11, PASID, ROOT);
            assertThat(client.errno(1)).as("a device of the host").isEqualTo(ENODEV);
            client.attach(2, ID, 5, ROOT);
            assertThat(client.errno(2)).as("a PASID of the host").isEqualTo(EBUSY);
            client.attach(3, ID, Pasid.MAX + 1, ROOT);
            assertThat(client.errno(3)).isEqualTo(EINVAL);
            client.attach(4, ID, PASID, ROOT + 1);
            assertThat(client.errno(4)).as("words that the driver refuses").isEqualTo(EINVAL);
            client.control(5, VmmClient.ATTACH, ID, PASID, 2, VmmClient.bytes(16));
            assertThat(client.errno(5)).as("another architecture").isEqualTo(EINVAL);
            client.control(6, 77, ID, PASID, 1, VmmClient.bytes(24));
            assertThat(client.errno(6)).isEqualTo(EINVAL);
            client.invalidate(7, ID, PASID, 0);
            assertThat(client.errno(7)).as("nothing is attached").isEqualTo(ENOENT);
            assertThat(core.faults().devices(host, 5)).containsExactly(nic);

            client.attach(8, ID, PASID, ROOT);
            assertThat(client.errno(8)).isZero();
            client.invalidate(9, ID, PASID, 0x80);
            assertThat(client.errno(9)).isEqualTo(EINVAL);
            for (long outside : new long[] {0, BASE - 4096, BASE + PAGES * 4096L, 1L << 51, Long.MIN_VALUE}) {
                map(5, outside);
                assertThat(end(write(nic, PASID, 0x5000, 1))).isEqualTo(-1);
            }
            client.attach(10, ID, PASID, 0);
            assertThat(client.errno(10))
                    .as("a root outside is a fault, not an error")
                    .isZero();
            assertThat(end(write(nic, PASID, 0x5000, 1))).isEqualTo(-1);
        }
        assertThat(foreign.counters().get(Counter.REQUESTS)).isZero();
    }

    @Test
    void n04_whatAnOperatorHasTakenBack_isNotGivenAgain() throws Exception {
        Path socket = queue("vm0", LONG, nic);
        try (VmmClient client = new VmmClient(socket)) {
            client.attach(1, ID, Pasid.NONE, ROOT);
            assertThat(client.errno(1)).isZero();
            core.faults().detach(nic, Pasid.NONE);

            client.attach(2, ID, Pasid.NONE, ROOT);
            assertThat(client.errno(2)).isEqualTo(ENODEV);
            client.attach(3, ID, PASID, ROOT);
            assertThat(client.errno(3)).isEqualTo(ENODEV);
        }
    }

    @Test
    void n05_killed_itsGroupsAreInvalidOnceAfterTheGrace_andTheNextClientAttachesAnew() throws Exception {
        Path socket = queue("vm0", Duration.ofMillis(300), nic);
        CompletableFuture<ResponseCode> left;
        try (VmmClient client = new VmmClient(socket)) {
            client.attach(1, ID, PASID, ROOT);
            assertThat(client.errno(1)).isZero();
            map(5, BASE + 0x8000);
            assertThat(end(write(nic, PASID, 0x5000, 1))).isEqualTo(2);
            left = unit.ask(nic, PASID, 0x6000);
            client.next();
        }
        assertThat(left.get(1, TimeUnit.MINUTES)).isEqualTo(ResponseCode.INVALID);
        await().untilAsserted(
                        () -> assertThat(end(write(nic, PASID, 0x5000, 2))).isEqualTo(-1));
        assertThat(memory.getLong(0x8000)).isEqualTo(1);

        try (VmmClient client = new VmmClient(socket)) {
            client.detach(1, ID, PASID);
            assertThat(client.errno(1)).isEqualTo(ENOENT);
            client.attach(2, ID, PASID, ROOT);
            assertThat(client.errno(2)).isZero();
            assertThat(end(write(nic, PASID, 0x5000, 3))).isZero();
            assertThat(memory.getLong(0x8000)).isEqualTo(3);
        }
        long answered = nic.counters().get(Counter.SUCCESS) + nic.counters().get(Counter.INVALID);
        assertThat(answered).isEqualTo(nic.counters().get(Counter.GROUPS));
    }

    @Test
    void n05_theNextClientWithinTheGraceTime_findsWhatWasAttached() throws Exception {
        Path socket = queue("vm0", LONG, nic);
        Future<Integer> access;
        try (VmmClient client = new VmmClient(socket)) {
            client.attach(1, ID, PASID, ROOT);
            assertThat(client.errno(1)).isZero();
            access = write(nic, PASID, 0x5000, 1);
            client.next();
        }
        try (VmmClient client = new VmmClient(socket)) {
            Received again = client.next();
            assertThat(again.addr()).isEqualTo(0x5000);
            map(5, BASE + 0x8000);
            client.respond(again, 0);
            assertThat(end(access)).isEqualTo(3);
            client.control(1, VmmClient.DETACH_ALL, 0, 0, 0, VmmClient.bytes(0));
            assertThat(client.errno(1)).isZero();
            assertThat(end(write(nic, PASID, 0x5000, 1))).isEqualTo(-1);
        }
    }

    @Test
    void n08_unrecoverableEventsOfAFirstStage_areTheClients() throws Exception {
        Path socket = queue("vm0", LONG, nic);
        try (VmmClient client = new VmmClient(socket)) {
            client.attach(1, ID, PASID, ROOT);
            assertThat(client.errno(1)).isZero();
            assertThat(unit.event(nic, PASID, 0x0a)).isTrue();
            assertThat(unit.event(nic, PASID, 0x02)).as("an event of the host").isFalse();
            for (int reader = 0; reader < 2; reader++) {
                try (SocketChannel events =
                        SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("vm0.events")))) {
                    ByteBuffer record = VmmClient.bytes(40);
                    while (record.hasRemaining()) {
                        assertThat(events.read(record)).isPositive();
                    }
                    assertThat(record.getInt(0)).isZero();
                    assertThat(record.getInt(4)).as("sequence").isEqualTo(reader);
                    assertThat(record.getInt(8)).isEqualTo(0x0a);
                    assertThat(record.getInt(12)).as("StreamID").isEqualTo(ID);
                    assertThat(record.getLong(32)).isEqualTo(3);
                }
                assertThat(unit.event(nic, PASID, 0x0a)).isTrue();
            }
        }
    }

    @Test
    void n06_aClientThatAnswersNothing_costsItsOwnDeviceOnly() throws Exception {
        Device other = unit.device("nic1", 0x11);
        Path silentSocket = queue("silent", LONG, nic);
        try (VmmClient silent = new VmmClient(silentSocket)) {
            silent.attach(1, ID, PASID, ROOT);
            assertThat(silent.errno(1)).isZero();
            memory.putLong((int) (ROOT - BASE), 0);
            // The table's page is there, so every request is the client's; the queue has room for 128.
            unit.ask(nic, PASID, 0).get(1, TimeUnit.MINUTES);
            List<CompletableFuture<ResponseCode>> held = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                held.add(unit.ask(nic, PASID, 0x1000));
            }
            await().until(() -> held.stream().filter(CompletableFuture::isDone).count() == 200 - 128);

            Path socket = queue("vm1", LONG, other);
            try (VmmClient client = new VmmClient(socket)) {
                client.attach(1, 0x11, PASID, ROOT);
                assertThat(client.errno(1)).isZero();
                map(5, BASE + 0x8000);
                for (int i = 0; i < 50; i++) {
                    assertThat(end(write(other, PASID, 0x5000, i))).isBetween(0, 2);
                }
            }
            assertThat(held.stream().filter(CompletableFuture::isDone)).hasSize(200 - 128);
        }
    }

    @Test
    void n04_anyBytes_areRefused_andTheQueueServesTheNextClient() throws Exception {
        Path socket = queue("vm0", Duration.ZERO, nic);
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int run = 0; run < 20; run++) {
            try (VmmClient client = new VmmClient(socket)) {
                Thread reader = new Thread(() -> drain(client), "reader");
                reader.start();
                for (int i = 0; i < 50; i++) {
                    byte[] noise = new byte[24 + 64];
                    random.nextBytes(noise);
                    ByteBuffer header = ByteBuffer.wrap(noise).order(ByteOrder.LITTLE_ENDIAN);
                    header.putInt(4, (1 << 31) | random.nextInt(6))
                            .putInt(8, random.nextBoolean() ? ID : random.nextInt())
                            .putInt(12, random.nextInt(4) - 1)
                            .putInt(16, random.nextInt(4))
                            .putInt(20, random.nextInt(70));
                    client.write(header);
                }
                client.close();
                reader.join(TimeUnit.MINUTES.toMillis(1));
                assertThat(reader.isAlive()).as("seed %d", seed).isFalse();
            }
        }
        await().until(() -> {
            try (VmmClient client = new VmmClient(socket)) {
                client.attach(1, ID, PASID, ROOT);
                Received record = client.next();
                return record.isAck() && record.grpid() == 1 && record.length() == 0;
            }
        });
    }

    private static void drain(VmmClient client) {
        try {
            while (true) {
                client.next();
            }
        } catch (IOException e) {
            // The test has closed the client.
        }
    }
}
