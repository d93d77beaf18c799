// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.tck.core.StrictFaults;
import io.pgfault.vtd.TestThread;
import io.pgfault.vtd.internal.RecordingDevice.Response;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IommuUnitTest {
    private static final long PAGE = 0x7f00_0000_1000L;
    private static final PageTable READ_ONLY = address -> Translation.of(address, Permissions.READ);

    private final StrictFaults faults = StrictFaults.builder()
            .answers(request -> ResponseCode.SUCCESS)
            .domainsEverywhere()
            .build();
    private final IommuUnit unit = new IommuUnit(faults, "dmar0", 0, false);
    private final RecordingDevice device = new RecordingDevice();

    @BeforeEach
    void start() {
        unit.start(() -> {});
    }

    @AfterEach
    void stop() {
        unit.stop();
    }

    @Test
    void connect_makesTheDeviceKnownAndAddsItToTheQueue() {
        Upstream upstream = unit.connect("gpu", 0xffff, device);
        assertThat(upstream.device().name()).isEqualTo("gpu");
        assertThat(upstream.device().id()).isEqualTo(0xffff);
        assertThat(upstream.device().unit()).isEqualTo("dmar0");
        assertThat(unit.queue().devices()).containsExactly(upstream.device());
        assertThat(unit.kind()).isEqualTo("vtd");
    }

    @Test
    void connect_refusesIdsThatDontFitOrAreTaken() {
        unit.connect("a", 0x10, device);
        assertThatThrownBy(() -> unit.connect("b", 0x10, device))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("0x0010");
        assertThatThrownBy(() -> unit.connect("b", 0x10000, device)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> unit.connect("b", -1, device)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void connect_thatFails_leavesTheIdFree() {
        RuntimeException refusal = new UnsupportedOperationException("no");
        faults.refuseAdding(refusal);
        assertThatThrownBy(() -> unit.connect("a", 0x10, device)).isSameAs(refusal);
        assertThat(faults.released()).hasSize(1);
        assertThat(device.disconnectedAfter).isEmpty();
        faults.refuseAdding(null);
        unit.connect("a", 0x10, device);
    }

    @Test
    void size_outOfRange_isRefused() {
        assertThatThrownBy(() -> new IommuUnit(faults, "dmar1", 8, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("dmar1")
                .hasMessageContaining("queue.size.order");
        assertThatThrownBy(() -> new IommuUnit(faults, "dmar1", -1, false))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(faults.queues()).hasSize(1);
    }

    @Test
    void request_goesRoundAndComesBack() {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        upstream.pageRequest(0x12345, 9, Permissions.READ | Permissions.WRITE, PAGE + 7, true);
        await().until(() -> !device.responses.isEmpty());
        assertThat(device.responses).containsExactly(new Response(0x12345, 9, 0));
        assertThat(faults.reported().get(0).request().address()).isEqualTo(PAGE);
        assertThat(faults.reported().get(0).request().permissions()).isEqualTo(0b0011);
    }

    @Test
    void translate_walksWhatIsAttached() {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        assertThat(upstream.translate(5, PAGE)).isEqualTo(Translation.NONE);
        unit.attach(upstream.device(), 5, faults.allocateDomain("sva", "a", READ_ONLY, false));
        assertThat(upstream.translate(5, PAGE)).isEqualTo(Translation.of(PAGE, Permissions.READ));
        assertThat(upstream.translate(6, PAGE)).isEqualTo(Translation.NONE);
        assertThat(upstream.translate(Pasid.NONE, PAGE)).isEqualTo(Translation.NONE);
        assertThat(upstream.transact(1, 5, Permissions.READ, PAGE)).isEqualTo(Translation.of(PAGE, Permissions.READ));
        assertThat(upstream.transact(1, 5, Permissions.WRITE, PAGE)).isEqualTo(Translation.NONE);
        assertThat(faults.reported()).isEmpty();
    }

    @Test
    void detach_makesTheDeviceForgetBeforeItReturns() {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        unit.attach(upstream.device(), 5, faults.allocateDomain("sva", "a", READ_ONLY, false));
        device.invalidations.clear();
        unit.detach(upstream.device(), 5);
        assertThat(upstream.translate(5, PAGE)).isEqualTo(Translation.NONE);
        for (long address : new long[] {0, PAGE, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
            assertThat(device.forgot(5, address)).isTrue();
        }
    }

    @Test
    void nestedDomain_servesPasidsWithoutOneOfTheirOwn() {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        PageTable own = address -> Translation.of(address, Permissions.WRITE);
        unit.attach(upstream.device(), Pasid.NONE, faults.allocateDomain("user", "n", READ_ONLY, true));
        unit.attach(upstream.device(), 5, faults.allocateDomain("sva", "a", own, false));
        assertThat(upstream.translate(5, PAGE)).isEqualTo(Translation.of(PAGE, Permissions.WRITE));
        assertThat(upstream.translate(6, PAGE)).isEqualTo(Translation.of(PAGE, Permissions.READ));
        assertThat(upstream.translate(Pasid.NONE, PAGE)).isEqualTo(Translation.of(PAGE, Permissions.READ));

        unit.invalidate(upstream.device(), Pasid.NONE, PAGE, PAGE + 4095);
        assertThat(device.forgot(6, PAGE)).isTrue();
        device.invalidations.clear();
        unit.detach(upstream.device(), Pasid.NONE);
        assertThat(upstream.translate(6, PAGE)).isEqualTo(Translation.NONE);
        assertThat(device.forgot(6, PAGE)).isTrue();
        assertThat(device.forgot(Pasid.NONE, PAGE)).isTrue();
    }

    @Test
    void c12_close_answersEverythingBeforeTheDeviceIsDisconnected() {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        faults.answers(request -> null);
        for (int i = 0; i < 20; i++) {
            upstream.pageRequest(3, i, Permissions.READ, PAGE, true);
        }
        upstream.close();
        upstream.close();
        assertThat(device.responses).hasSize(20);
        assertThat(device.disconnectedAfter).containsExactly(20);
        assertThat(device.responses.stream().map(Response::prgIndex).distinct()).hasSize(20);
        assertThat(faults.released()).containsExactly(upstream.device());
        upstream.pageRequest(3, 21, Permissions.READ, PAGE, true);
        assertThat(upstream.translate(3, PAGE)).isEqualTo(Translation.NONE);
        unit.connect("again", 0x10, new RecordingDevice());
    }

    /** A slow device holds up the queue, and behind it lie the responses of the device that is closed. */
    @Test
    void c12_close_answersEverythingBeforeTheDeviceIsDisconnected_alsoBehindASlowDevice() throws InterruptedException {
        RecordingDevice slow = new RecordingDevice();
        CountDownLatch goOn = new CountDownLatch(1);
        slow.onResponse = () -> awaitQuietly(goOn);
        Upstream slowUpstream = unit.connect("slow", 0x11, slow);
        Upstream upstream = unit.connect("gpu", 0x10, device);
        faults.answers(request -> null);
        slowUpstream.pageRequest(3, 1, Permissions.READ, PAGE, true);
        upstream.pageRequest(3, 1, Permissions.READ, PAGE, true);
        await().until(() -> faults.reported().size() == 2);
        TestThread answering = TestThread.start(() -> faults.respondAll(slowUpstream.device(), ResponseCode.SUCCESS));
        await().until(() -> slow.responses.size() == 1);

        TestThread closing = TestThread.start(upstream::close);
        try {
            await().until(() -> closing.state() == Thread.State.WAITING
                    || closing.state() == Thread.State.TIMED_WAITING
                    || closing.state() == Thread.State.TERMINATED);
            assertThat(device.disconnectedAfter).isEmpty();
        } finally {
            goOn.countDown();
        }
        closing.join();
        answering.join();
        assertThat(device.disconnectedAfter).containsExactly(1);
    }

    @Test
    void c12_closeFromWithinAResponse_waitsForNobody() {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        device.onResponse = upstream::close;
        upstream.pageRequest(3, 1, Permissions.READ, PAGE, true);
        await().until(() -> device.disconnectedAfter.size() == 1);

        RecordingDevice second = new RecordingDevice();
        Upstream other = unit.connect("other", 0x10, second);
        second.onResponse = other::close;
        faults.answers(request -> null);
        other.pageRequest(3, 1, Permissions.READ, PAGE, true);
        other.pageRequest(3, 2, Permissions.READ, PAGE, true);
        await().until(() -> faults.reported().size() == 3);
        faults.respondAll(other.device(), ResponseCode.SUCCESS);
        assertThat(second.disconnectedAfter).hasSize(1);
    }

    @Test
    void requestFromWithinAResponse_isTaken() {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        device.onResponse = () -> {
            if (device.responses.size() < 1000) {
                upstream.pageRequest(3, device.responses.size() & 0x1ff, Permissions.READ, PAGE, true);
            }
        };
        upstream.pageRequest(3, 0, Permissions.READ, PAGE, true);
        await().until(() -> device.responses.size() == 1000);
    }

    @Test
    void r06_unitThatGoes_answersEverythingThenDisconnects() {
        RecordingDevice second = new RecordingDevice();
        Upstream a = unit.connect("a", 0x10, device);
        Upstream b = unit.connect("b", 0x11, second);
        faults.answers(request -> null);
        for (int i = 0; i < 20; i++) {
            a.pageRequest(3, i, Permissions.READ, PAGE, true);
            b.pageRequest(3, i, Permissions.READ, PAGE, true);
        }
        unit.stop();
        assertThat(device.disconnectedAfter).containsExactly(20);
        assertThat(second.disconnectedAfter).containsExactly(20);
        assertThat(faults.queues()).isEmpty();
        assertThatThrownBy(() -> unit.connect("c", 0x12, device))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("stops");
        a.close();
        assertThat(device.disconnectedAfter).hasSize(1);

        IommuUnit again = new IommuUnit(faults, "dmar0", 0, false);
        again.start(() -> {});
        faults.answers(request -> ResponseCode.SUCCESS);
        RecordingDevice returned = new RecordingDevice();
        again.connect("a", 0x10, returned).pageRequest(3, 1, Permissions.READ, PAGE, true);
        await().until(() -> returned.responses.equals(List.of(new Response(3, 1, 0))));
        again.stop();
    }

    /** A core that fails at every overflow: the unit gives up, answers, disconnects its devices, and says so. */
    @Test
    void c21_aUnitThatCantGoOn_stopsItself_andTellsItsComponent() throws Exception {
        IommuUnit failing = new IommuUnit(faults, "dmar2", 0, false);
        CountDownLatch failed = new CountDownLatch(1);
        CountDownLatch full = new CountDownLatch(1);
        RecordingDevice behind = new RecordingDevice();
        Upstream upstream = failing.connect("gpu", 0x10, behind);
        faults.beforeReport(() -> awaitQuietly(full));
        faults.onDiscard(() -> {
            throw new NoClassDefFoundError("a core whose bundle was refreshed");
        });
        failing.start(failed::countDown);
        for (int i = 0; i < 200; i++) {
            upstream.pageRequest(3, i, Permissions.READ, PAGE, true);
        }
        full.countDown();
        await().until(() -> failed.getCount() == 0);
        assertThat(behind.disconnectedAfter).containsExactly(200);
        assertThat(behind.responses).hasSize(200);
        assertThatThrownBy(() -> failing.connect("again", 0x10, behind)).hasMessageContaining("stops");
        failing.stop();
    }

    /** Fault B4: a core that fails at one overflow with an {@code Error} costs one pass, not the event thread. */
    @Test
    void c21_aPassThatThrowsAnError_isFollowedByTheNext() {
        IommuUnit failingOnce = new IommuUnit(faults, "dmar2", 0, false);
        AtomicBoolean thrown = new AtomicBoolean();
        AtomicBoolean unitFailed = new AtomicBoolean();
        Upstream upstream = failingOnce.connect("gpu", 0x10, device);
        faults.onDiscard(() -> {
            if (thrown.compareAndSet(false, true)) {
                throw new NoClassDefFoundError("a core whose bundle was refreshed");
            }
        });
        for (int i = 0; i < 200; i++) {
            upstream.pageRequest(3, i, Permissions.READ, PAGE, true);
        }
        failingOnce.start(() -> unitFailed.set(true));
        try {
            await().until(() -> failingOnce.queue().counters().get(Counter.OVERFLOWS) == 2);
            upstream.pageRequest(3, 200, Permissions.READ, PAGE, true);
            await().until(() -> device.responses.contains(new Response(3, 200, 0)));
            assertThat(thrown).isTrue();
            assertThat(unitFailed).isFalse();
        } finally {
            failingOnce.stop();
        }
    }

    @Test
    void c20_aConfigurationThatNamesAnothersUnit_registersNothing_andTheOtherWorksOn() {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        List<IommuUnit> registered = new CopyOnWriteArrayList<>();
        List<String> refused = new CopyOnWriteArrayList<>();
        VtdUnit second = new VtdUnit(
                "dmar0",
                () -> new IommuUnit(faults, "dmar0", 0, false),
                made -> {
                    registered.add(made);
                    return () -> {};
                },
                why -> {
                    refused.add(why);
                    return () -> refused.remove(why);
                });
        assertThat(refused).singleElement().asString().startsWith("dmar0: ");
        second.deactivate();
        assertThat(refused).isEmpty();
        assertThat(registered).isEmpty();
        assertThat(unit.queue().devices()).containsExactly(upstream.device());
        upstream.pageRequest(3, 1, Permissions.READ, PAGE, true);
        await().until(() -> device.responses.equals(List.of(new Response(3, 1, 0))));
    }

    @Test
    void r06_aComponent_unregistersTheServicesOnce() {
        List<String> steps = new CopyOnWriteArrayList<>();
        VtdUnit component = new VtdUnit(
                "dmar3",
                () -> new IommuUnit(faults, "dmar3", 0, false),
                made -> {
                    steps.add("registered " + made.name());
                    return () -> steps.add("unregistered");
                },
                why -> () -> {});
        component.deactivate();
        component.deactivate();
        assertThat(steps).containsExactly("registered dmar3", "unregistered");
        assertThat(faults.queues()).extracting(queue -> queue.name()).containsExactly("dmar0");
    }

    @Test
    void twoUnits_areApart() throws InterruptedException {
        IommuUnit other = new IommuUnit(faults, "dmar1", 3, true);
        other.start(() -> {});
        RecordingDevice behindOther = new RecordingDevice();
        unit.connect("a", 0x10, device).pageRequest(1, 1, Permissions.READ, PAGE, true);
        other.connect("a", 0x10, behindOther).pageRequest(2, 2, Permissions.READ, PAGE, true);
        unit.drain();
        other.drain();
        assertThat(device.responses).containsExactly(new Response(1, 1, 0));
        assertThat(behindOther.responses).containsExactly(new Response(2, 2, 0));
        other.stop();
        unit.connect("b", 0x11, behindOther).pageRequest(3, 3, Permissions.READ, PAGE, true);
        unit.drain();
        assertThat(behindOther.responses).contains(new Response(3, 3, 0));
    }

    @Test
    void v10_drain_waitsForTheRingAndForPendingGroups() throws InterruptedException {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        faults.beforeReport(() -> {
            blocked.countDown();
            awaitQuietly(goOn);
        });
        faults.answers(request -> null);
        upstream.pageRequest(7, 1, Permissions.READ, PAGE, true);
        upstream.pageRequest(7, 2, Permissions.READ, PAGE, true);
        blocked.await();
        AtomicBoolean drained = new AtomicBoolean();
        List<Response> afterDrain = new CopyOnWriteArrayList<>();
        TestThread drainer = TestThread.start(() -> {
            unit.drain(upstream.device(), 7);
            afterDrain.addAll(device.responses);
            drained.set(true);
        });
        await().until(() -> drainer.state() == Thread.State.TIMED_WAITING);
        assertThat(drained).isFalse();
        goOn.countDown();
        await().until(() -> faults.reported().size() == 2);
        await().until(() -> drainer.state() == Thread.State.WAITING);
        assertThat(drained).isFalse();
        faults.respondAll(upstream.device(), ResponseCode.SUCCESS);
        drainer.join();
        assertThat(afterDrain).containsExactlyInAnyOrder(new Response(7, 1, 0), new Response(7, 2, 0));
    }

    @Test
    void v10_drain_ofAnotherPasidWaitsForNeither() throws InterruptedException {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        CountDownLatch goOn = new CountDownLatch(1);
        faults.beforeReport(() -> awaitQuietly(goOn));
        upstream.pageRequest(7, 1, Permissions.READ, PAGE, true);
        unit.drain(upstream.device(), 8);
        assertThat(device.responses).isEmpty();
        goOn.countDown();
        unit.drain(upstream.device(), 7);
        assertThat(device.responses).hasSize(1);
    }

    @Test
    void v10_drain_sitsOutAnOverflow() throws InterruptedException {
        Upstream upstream = unit.connect("gpu", 0x10, device);
        CountDownLatch goOn = new CountDownLatch(1);
        faults.beforeReport(() -> awaitQuietly(goOn));
        for (int i = 0; i < 400; i++) {
            upstream.pageRequest(7, i, Permissions.READ, PAGE, true);
        }
        TestThread drainer = TestThread.start(() -> unit.drain(upstream.device(), 7));
        await().until(() -> drainer.state() == Thread.State.TIMED_WAITING);
        goOn.countDown();
        drainer.join();
        assertThat(device.responses).hasSize(400);
        assertThat(device.responses.stream().map(Response::prgIndex).distinct()).hasSize(400);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
