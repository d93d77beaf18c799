// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.itests.units.VmmClient.Received;
import io.pgfault.sva.internal.bind.SvaHandler;
import io.pgfault.userfault.internal.UserDomain;
import io.pgfault.userfault.spec.ControlRecord;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A client gives an SMMUv3 the stream of a device, with context descriptors and tables in its memory: core, queue,
 * handler of the second stage, driver and hardware model. The guest's memory begins at {@code BASE}.
 */
class NestedStreamTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int ID = 0x10;
    private static final int PASID = 9;
    private static final int ASID = 3;
    private static final long BASE = 0x10_0000;
    private static final int PAGES = 64;
    private static final int CONTEXTS = 0x1000;
    private static final int TABLES = 0x3000;
    /** Valid page, AP[1], AF, nG. */
    private static final long RW = 0xc43;
    /** S1CDMax 4, Config stage 1, V. */
    private static final long STE_0 = 4L << 59 | BASE + CONTEXTS | 0b1011;

    private final ExecutorService devices = Executors.newCachedThreadPool();
    private final AtomicLong found = new AtomicLong();

    @TempDir
    private Path folder;

    private MappedByteBuffer memory;

    private void map(int page, long address) {
        memory.putLong(TABLES + 3 * 0x1000 + page * 8, address | RW);
    }

    private void writeTables(boolean stalls) {
        for (int level = 0; level < 3; level++) {
            memory.putLong(TABLES + level * 0x1000, BASE + TABLES + ((level + 1) * 0x1000L | 3));
        }
        memory.putLong(CONTEXTS + PASID * 64 + 8, BASE + TABLES);
        // ASID, A, R, S, AA64, IPS 48 bits, V, EPD1, T0SZ 16.
        memory.putLong(
                CONTEXTS + PASID * 64,
                (long) ASID << 48 | 0b11L << 45 | (stalls ? 1L << 44 : 0) | 1L << 41 | 5L << 32 | 0b11L << 30 | 16);
    }

    private Future<Access> write(TestDevice device, int pasid) {
        return devices.submit(() -> device.access(pasid, 0x5008, Permissions.WRITE, found::set));
    }

    private static Access end(Future<Access> access) throws Exception {
        return access.get(1, TimeUnit.MINUTES);
    }

    private static ByteBuffer words(long... words) {
        ByteBuffer bytes = VmmClient.bytes(words.length * 8);
        for (long word : words) {
            bytes.putLong(word);
        }
        return bytes.flip();
    }

    @ParameterizedTest
    @EnumSource(names = {"SMMUV3_PRI", "SMMUV3_STALL"})
    void n01_n02_n03_n08_clientMapsAPage_hostPopulatesTheRest_invalidationsAndEventsAreTheClients(Way way)
            throws Exception {
        boolean stalls = way == Way.SMMUV3_STALL;
        Path file = Files.write(folder.resolve("memory"), new byte[PAGES * 4096]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGES * 4096L);
            memory.order(ByteOrder.LITTLE_ENDIAN);
        }
        writeTables(stalls);
        Path socket = folder.resolve("vm0");
        try (StartedCore core = new StartedCore(DEADLINE);
                RunningUnit unit = way.open(core.faults(), "smmu0");
                TestDevice nic = way.device(unit.unit(), "nic0", ID);
                UserDomain queue =
                        UserQueue.startNested(core.faults(), socket, file, BASE, DEADLINE, ControlRecord.ARM_SMMUV3)) {
            core.serve(UserQueue.KIND, true, UserQueue.handler());
            core.serve("sva", false, new SvaHandler());
            core.faults().attach(nic.device(), Pasid.NONE, queue.domain());
            try (VmmClient client = new VmmClient(socket)) {
                // EATS full without stalls; S1DSS substream 0.
                long word1 = stalls ? 2 : 1L << 28 | 2;
                client.control(1, VmmClient.ATTACH, ID, Pasid.NONE, ControlRecord.ARM_SMMUV3, words(STE_0, word1));
                assertThat(client.errno(1)).isZero();

                Future<Access> access = write(nic, PASID);
                Received fault = client.next();
                assertThat(fault.addr() & -0x1000)
                        .as("the address of the device")
                        .isEqualTo(0x5000);
                assertThat(fault.pasid()).isEqualTo(PASID);
                map(5, BASE + 0x8000);
                client.respond(fault, 0);
                assertThat(end(access).outcome()).isEqualTo(Outcome.DONE);
                assertThat(Translation.address(found.get())).isEqualTo(0x8000);
                assertThat(nic.device().counters().get(Counter.SECOND_STAGE))
                        .as("the descriptor's page, four tables, the data's page")
                        .isEqualTo(6);

                map(5, BASE + 0x9000);
                ByteBuffer forget = words((long) ASID << 48 | 0x12, 0x5001, (long) ID << 32 | 0x9840, 0x5000);
                client.control(2, VmmClient.INVALIDATE, ID, Pasid.NONE, ControlRecord.ARM_SMMUV3, forget);
                assertThat(client.errno(2)).isZero();
                assertThat(end(write(nic, PASID)).outcome()).isEqualTo(Outcome.DONE);
                assertThat(Translation.address(found.get())).isEqualTo(0x9000);

                ByteBuffer bad = words(0x28, 0);
                client.control(3, VmmClient.INVALIDATE, ID, Pasid.NONE, ControlRecord.ARM_SMMUV3, bad);
                assertThat(client.errno(3)).as("EINVAL").isEqualTo(22);

                access = write(nic, PASID + 1);
                if (!stalls) {
                    client.respond(client.next(), 1);
                }
                assertThat(end(access).outcome()).isEqualTo(Outcome.INVALID);
                assertEvent(0x0000_0010_0000_a80aL);

                client.detach(4, ID, Pasid.NONE);
                assertThat(client.errno(4)).isZero();
                assertThat(end(write(nic, PASID)).outcome()).isEqualTo(Outcome.INVALID);
            }
        } finally {
            devices.shutdown();
        }
    }

    /** The client is told of one event of its stream: a context descriptor that isn't valid. */
    private void assertEvent(long word0) throws Exception {
        try (SocketChannel events = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("vm0.events")))) {
            ByteBuffer record = VmmClient.bytes(40);
            while (record.hasRemaining()) {
                assertThat(events.read(record)).isPositive();
            }
            assertThat(record.getLong(0)).as("flags and sequence").isZero();
            assertThat(record.getLong(8)).isEqualTo(word0);
        }
    }
}
