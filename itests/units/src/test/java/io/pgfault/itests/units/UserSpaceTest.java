// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Domain;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.Latency;
import io.pgfault.userfault.internal.UserDomain;
import io.pgfault.userfault.spec.FaultRecord;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs of other languages serve a device's faults through a socket, are killed and come back: a unit, the core,
 * the handler for user space. What they are measured against is the same with a handler that says yes at once.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserSpaceTest {
    private static final int FAULTS = Boolean.getBoolean("soak") ? 100_000 : 30_000;
    private static final int WINDOW = 256;
    private static final int ALONE = 10_000;
    /** How fast programs start is not what is tested. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final long END_SECONDS = 30;

    @TempDir
    private static Path folder;

    private List<ClientProgram> programs;

    @BeforeAll
    void compile() throws Exception {
        programs = ClientProgram.available(folder, "serve");
        assertThat(programs)
                .as("clients that can be run here: one needs cc or python3")
                .isNotEmpty();
    }

    List<ClientProgram> programs() {
        return programs;
    }

    /** A unit with one device, attached to a domain. */
    private static final class Rig implements AutoCloseable {
        final StartedCore core = new StartedCore(DEADLINE);
        final RunningUnit unit;
        final WatchedUnit watched;
        final FaultingDevice device;

        Rig(Way way) {
            unit = way.open(core.faults(), "unit0");
            watched = new WatchedUnit(unit.unit());
            device = new FaultingDevice(watched, "nic0", 0x10);
        }

        void attach(Domain domain) {
            core.faults().attach(device.device(), FaultingDevice.PASID, domain);
        }

        long count(Counter counter) {
            return unit.unit().queue().counters().get(counter);
        }

        /** Every group was answered once, and SUCCESS. */
        void assertAllSucceeded(int groups) {
            assertThat(watched.violations()).isEmpty();
            assertThat(watched.asked()).isEqualTo(groups);
            assertThat(watched.answered()).isEqualTo(groups);
            assertThat(count(Counter.SUCCESS)).isEqualTo(groups);
            assertThat(count(Counter.INVALID)).isZero();
            assertThat(count(Counter.FAILURE)).isZero();
            assertThat(count(Counter.REFUSED)).isZero();
            assertThat(count(Counter.DECLINED)).isZero();
        }

        @Override
        public void close() {
            device.close();
            unit.close();
            core.close();
        }
    }

    Stream<Arguments> programsAndWays() {
        return programs.stream()
                .flatMap(program -> Stream.of(Way.VTD_PRI, Way.SMMUV3_PRI).map(way -> Arguments.of(program, way)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("programsAndWays")
    void r03_c09_killedTwiceAndNothingIsLostOrAnsweredTwice(ClientProgram program, Way way) throws Exception {
        Path socket = folder.resolve("killed");
        Path said = folder.resolve("killed-said-" + program.language() + way);
        try (Rig rig = new Rig(way)) {
            rig.core.serve(UserQueue.KIND, true, UserQueue.handler());
            Process[] client = new Process[1];
            try (UserDomain queue = UserQueue.start(rig.core.faults(), socket, GRACE)) {
                rig.attach(queue.domain());
                client[0] = program.start(socket, said);
                rig.device.fault(FAULTS, WINDOW, answered -> {
                    if (answered == FAULTS / 3 || answered == FAULTS / 3 * 2) {
                        client[0].destroyForcibly(); // SIGKILL
                        client[0].waitFor();
                        client[0] = program.start(socket, said);
                    }
                });
                rig.assertAllSucceeded(FAULTS);
                assertThat(client[0].isAlive()).isTrue();
            } finally {
                end(client[0], said);
            }
            assertThat(client[0].exitValue()).as(Files.readString(said)).isZero();
            // Two were killed before they could say anything.
            assertThat(Files.readString(said)).containsPattern("^served \\d+ records in \\d+ groups\n$");
        }
    }

    /** A client that answers nothing has some groups, others wait. */
    @Test
    void c19_detachedTheGroupsOfADomainAreInvalidWhereverTheyAre() throws Exception {
        Path socket = folder.resolve("detached");
        int groups = 2 * UserQueue.IN_FLIGHT;
        try (StartedCore core = new StartedCore(DEADLINE);
                RunningUnit unit = Way.VTD_PRI.open(core.faults(), "dmar0");
                UserDomain queue = UserQueue.start(core.faults(), socket, GRACE);
                SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            core.serve(UserQueue.KIND, true, UserQueue.handler());
            AtomicIntegerArray codes = new AtomicIntegerArray(groups);
            Upstream upstream = unit.unit().connect("nic0", 0x10, new CodeCount(codes));
            core.faults().attach(upstream.device(), FaultingDevice.PASID, queue.domain());
            for (int i = 0; i < groups; i++) {
                upstream.pageRequest(FaultingDevice.PASID, i, Permissions.READ, 0x1000L * i, true);
            }
            ByteBuffer records = ByteBuffer.allocate(UserQueue.IN_FLIGHT * FaultRecord.SIZE);
            while (records.hasRemaining()) {
                assertThat(client.read(records)).isPositive();
            }

            core.faults().detach(upstream.device(), FaultingDevice.PASID);

            for (int i = 0; i < groups; i++) {
                assertThat(codes.get(i)).as("answers INVALID to group %d", i).isEqualTo(1);
            }
            // The queue finds out that the client's share is free again.
            core.faults().attach(upstream.device(), FaultingDevice.PASID, queue.domain());
            upstream.pageRequest(FaultingDevice.PASID, 1, Permissions.READ, 0x1000, true);
            ByteBuffer next = ByteBuffer.allocate(FaultRecord.SIZE);
            while (next.hasRemaining()) {
                assertThat(client.read(next)).isPositive();
            }
            assertThat(FaultRecord.grpid(next, 0)).isEqualTo(1);
        }
    }

    /** Counts answers INVALID; any other one counts for many. */
    private record CodeCount(AtomicIntegerArray codes) implements Downstream {
        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            codes.addAndGet(prgIndex, code == INVALID_REQUEST ? 1 : 100);
        }

        @Override
        public void resume(int transaction, boolean retry) {
            throw new IllegalStateException("a PCIe function has no transaction to resume");
        }

        @Override
        public void invalidate(int pasid, long first, long last) {}

        @Override
        public void disconnected() {}
    }

    /** What serves the faults of a rig, until it is closed. */
    @FunctionalInterface
    private interface Serving {
        AutoCloseable serve(Rig rig) throws Exception;
    }

    @ParameterizedTest
    @MethodSource("programs")
    void measuredWithAClient(ClientProgram program) throws Exception {
        Path socket = folder.resolve("measured");
        Path said = folder.resolve("measured-said-" + program.language());
        measure(program.toString(), rig -> {
            rig.core.serve(UserQueue.KIND, true, UserQueue.handler());
            Process client = program.start(socket, said);
            UserDomain queue = UserQueue.start(rig.core.faults(), socket, GRACE);
            rig.attach(queue.domain());
            return () -> {
                queue.close();
                end(client, said);
            };
        });
        assertThat(Files.readString(said))
                .matches("(served \\d+ records in " + ALONE + " groups\n){2}served \\d+ records in " + FAULTS
                        + " groups\n");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void measuredInsideTheJvm(boolean inline) throws Exception {
        measure(inline ? "inline handler" : "handler on the workers", rig -> {
            UserQueue.Granting granting = new UserQueue.Granting();
            rig.core.serve(UserQueue.KIND, inline, granting);
            rig.attach(rig.core.faults().allocateDomain(UserQueue.KIND, "jvm", granting, false));
            return () -> {};
        });
    }

    /** Warms up, then one group at a time, then many. */
    private static void measure(String who, Serving serving) throws Exception {
        run(serving, ALONE, WINDOW);
        System.out.println(who + run(serving, ALONE, 1));
        System.out.println(who + run(serving, FAULTS, WINDOW));
    }

    private static String run(Serving serving, int groups, int window) throws Exception {
        try (Rig rig = new Rig(Way.VTD_PRI);
                AutoCloseable serves = serving.serve(rig)) {
            long start = System.nanoTime();
            rig.device.fault(groups, window, answered -> {});
            long nanos = System.nanoTime() - start;
            rig.assertAllSucceeded(groups);
            Latency latency = rig.unit.unit().queue().latency();
            return ", %d outstanding: %,d groups/s; close to response p50 %.1f us, p99 %.1f us"
                    .formatted(
                            window,
                            groups * TimeUnit.SECONDS.toNanos(1) / nanos,
                            latency.p50() / 1e3,
                            latency.p99() / 1e3);
        }
    }

    private static void end(Process client, Path said) throws Exception {
        if (client != null && !client.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            client.destroyForcibly();
            throw new AssertionError(
                    "the client is still there after its queue has gone; it said " + Files.readString(said));
        }
    }
}
