// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.vtd.TestThread;
import io.pgfault.vtd.internal.RecordingDevice;
import io.pgfault.vtd.internal.RecordingDevice.Invalidation;
import io.pgfault.vtd.internal.RecordingDevice.Response;
import io.pgfault.vtd.spec.Registers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InvalidationQueueTest {
    /** A response to requester id 0x0310 without PASID: Success for group 5. */
    private static final long RESPONSE = 0x0310_0009L;

    private static final long GROUP_5 = 5 << 3;

    private final HardwareFixture unit = new HardwareFixture();

    @Test
    void v03_responses_goToTheirRequesterIdInOrder() {
        RecordingDevice other = new RecordingDevice();
        unit.hardware.connect(new AttachedDevice(0xffff, other));
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.put(0x000a_bcde_ffff_1019L, 0x1ff << 3, 0x1111, 0x2222);
        unit.put(0x0310_f009L, 6 << 3, 0, 0);
        assertThat(unit.device.responses).isEmpty();
        unit.ring();

        assertThat(unit.device.responses)
                .containsExactly(new Response(Pasid.NONE, 5, 0), new Response(Pasid.NONE, 6, 15));
        assertThat(other.responses).containsExactly(new Response(0xabcde, 511, 1));
        assertThat(unit.hardware.read64(Registers.IQH)).isEqualTo(96);
        assertThat(unit.stopped()).isFalse();
    }

    @Test
    void v03_descriptors_waitUntilTheQueueIsEnabled() {
        unit.hardware.write32(Registers.GCMD, 0);
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.ring();
        assertThat(unit.device.responses).isEmpty();
        assertThat(unit.hardware.read32(Registers.GSTS) & Registers.GCMD_QIE).isZero();

        unit.hardware.write32(Registers.GCMD, Registers.GCMD_QIE);

        assertThat(unit.device.responses).hasSize(1);
        assertThat(unit.hardware.read32(Registers.GSTS) & Registers.GCMD_QIE).isEqualTo(Registers.GCMD_QIE);
    }

    @Test
    void v03_responseToNobody_isLost() {
        unit.put(0x0042_0009L, 0, 0, 0);
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.ring();
        assertThat(unit.device.responses).hasSize(1);
        assertThat(unit.stopped()).isFalse();
    }

    @Test
    void v03_queue_wrapsAround() {
        for (int i = 0; i < 1000; i++) {
            unit.put(RESPONSE, (i & 0x1ff) << 3, 0, 0);
            unit.ring();
        }
        assertThat(unit.device.responses).hasSize(1000);
        assertThat(unit.device.responses.get(999).prgIndex()).isEqualTo(999 & 0x1ff);
    }

    @Test
    void v03_taps_seeRawRecordsInOrder() throws Exception {
        List<String> seen = new ArrayList<>();
        AutoCloseable tap = unit.hardware.tap((record, code) ->
                seen.add("%d %x %x %s".formatted(record.remaining(), record.getLong(), record.getLong(), code)));
        AutoCloseable failing = unit.hardware.tap((record, code) -> {
            throw new NoClassDefFoundError("a tap that fails");
        });
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.put(0x5L, 0, 0, 0);
        unit.put(RESPONSE | 0xf000, GROUP_5, 0, 0);
        unit.ring();
        tap.close();
        failing.close();
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.ring();

        assertThat(seen).containsExactly("32 3100009 28 SUCCESS", "32 310f009 28 FAILURE");
        assertThat(unit.device.responses).hasSize(3);
    }

    @Test
    void v03_unknownTypes_stopTheQueue() {
        for (int type = 0; type < 16; type++) {
            if (type != 3 && type != 5 && type != 7 && type != 8 && type != 9) {
                assertStopsAt(type, 0, 0, 0);
            }
        }
    }

    @Test
    void v03_reservedBitsOfAResponse_stopTheQueue() {
        for (int bit = 0; bit < 64; bit++) {
            if ((bit >= 5 && bit <= 11) || bit >= 52) {
                assertStopsAt(RESPONSE | (1L << bit), GROUP_5, 0, 0);
            }
            if (bit <= 1 || bit >= 12) {
                assertStopsAt(RESPONSE, GROUP_5 | (1L << bit), 0, 0);
            }
        }
    }

    /** Linux sets the bit (QI_PGRP_LPIG); hardware doesn't look at it. */
    @Test
    void v03_lastInGroup_isNoReservedBit() {
        unit.put(RESPONSE, GROUP_5 | 1 << 2, 0, 0);
        unit.ring();
        assertThat(unit.device.responses).containsExactly(new Response(Pasid.NONE, 5, 0));
        assertThat(unit.stopped()).isFalse();
    }

    @Test
    void v03_reservedCodesOfAResponse_stopTheQueue() {
        for (long code = 2; code < 15; code++) {
            assertStopsAt(RESPONSE | (code << 12), GROUP_5, 0, 0);
        }
    }

    @Test
    void v03_reservedBitsOfAWait_stopTheQueue() {
        for (int bit = 0; bit < 64; bit++) {
            if (bit == 4 || (bit >= 8 && bit <= 31)) {
                assertStopsAt(5 | (1L << bit), 0, 0, 0);
            }
            if (bit < 2) {
                assertStopsAt(5, 1L << bit, 0, 0);
            }
            assertStopsAt(5, 0, 1L << bit, 0);
            assertStopsAt(5, 0, 0, 1L << bit);
        }
    }

    @Test
    void v03_clearedError_goesOnWithWhatIsThere() {
        unit.put(0xe, 0, 0, 0);
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.ring();
        unit.hardware.write32(Registers.FSTS, 0x10);
        assertThat(unit.stopped()).as("the descriptor is still bad").isTrue();
        assertThat(unit.device.responses).isEmpty();

        unit.invalidations.bytes().putLong(0, 5);
        unit.hardware.write32(Registers.FSTS, 0x10);
        assertThat(unit.stopped()).isFalse();
        assertThat(unit.device.responses).hasSize(1);
    }

    @Test
    void wait_writesItsStatus() {
        unit.put(0x89ab_cdef_0000_00e5L, unit.status.address() + 4, 0, 0);
        unit.put(0x1234_5678_0000_0005L, unit.status.address() + 8, 0, 0);
        unit.ring();
        assertThat(unit.status.bytes().getInt(0)).isZero();
        assertThat(unit.status.bytes().getInt(4)).isEqualTo(0x89ab_cdef);
        assertThat(unit.status.bytes().getInt(8))
                .as("no status write asked for")
                .isZero();
    }

    @Test
    void deviceThatThrows_doesNotStopTheQueue() {
        unit.hardware.connect(new AttachedDevice(0x0042, new ThrowingDevice()));
        unit.put(0x0042_0009L, 0, 0, 0);
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.ring();
        assertThat(unit.device.responses).hasSize(1);
    }

    @Test
    void narrowDescriptors_areRefused() {
        assertThatThrownBy(() -> unit.hardware.write64(Registers.IQA, unit.invalidations.address()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bit 11");
    }

    @Test
    void deviceTlb_becomesAnInvalidationRequest() {
        unit.put(0x0310_0000_0003L, 0x7000, 0, 0);
        unit.put(0x0310_0000_0003L, 0x7000 | 1, 0, 0);
        unit.put(0x0005_0310_0008L, 0x8000, 0, 0);
        unit.put(0x0005_0310_0008L, 0xb000 | 0x800, 0, 0);
        unit.put(0x0005_0310_0008L, 0x7fff_ffff_ffff_f000L | 0x800, 0, 0);
        unit.ring();
        assertThat(unit.stopped()).isFalse();
        assertThat(unit.device.invalidations)
                .containsExactly(
                        new Invalidation(Pasid.NONE, 0x7000, 0x7fff),
                        new Invalidation(Pasid.NONE, 0, 0xffff),
                        new Invalidation(5, 0x8000, 0x8fff),
                        new Invalidation(5, 0x8000, 0xffff),
                        new Invalidation(5, 0, -1));
    }

    @Test
    void deviceTlb_global_namesEachPasidThatTheDeviceAskedWith() {
        AttachedDevice device = new AttachedDevice(0x0042, unit.device);
        unit.hardware.connect(device);
        unit.hardware.translate(device, 3, 0x1000);
        unit.hardware.translate(device, 0xf_ffff, 0x1000);
        unit.put(0x0000_0042_0008L, 0x8000 | 1, 0, 0);
        unit.ring();
        assertThat(unit.device.invalidations)
                .containsExactly(new Invalidation(3, 0x8000, 0x8fff), new Invalidation(0xf_ffff, 0x8000, 0x8fff));
    }

    @Test
    void v03_reservedBitsOfADeviceTlbDescriptor_stopTheQueue() {
        for (int bit = 0; bit < 64; bit++) {
            if ((bit >= 4 && bit <= 8) || (bit >= 21 && bit <= 31) || (bit >= 48 && bit <= 51)) {
                assertStopsAt(3 | 1L << bit, 0, 0, 0);
            }
            if (bit >= 1 && bit <= 11) {
                assertStopsAt(3, 1L << bit, 0, 0);
            }
            if (bit >= 1 && bit <= 10) {
                assertStopsAt(8, 1L << bit, 0, 0);
            }
            assertStopsAt(3, 0, 1L << bit, 0);
            assertStopsAt(8, 0, 0, 1L << bit);
        }
    }

    /**
     * A device completes an invalidation when its access has ended, and the access ends with a response that is behind
     * the invalidation in the queue. Another thread delivers the response; a wait completes after the device.
     */
    @Test
    void deviceTlb_holdsUpNoResponse_andAWaitWaitsForTheDevice() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        unit.device.onInvalidation = () -> {
            asked.countDown();
            join(ended);
        };
        unit.device.onResponse = ended::countDown;
        unit.put(0x0005_0310_0008L, 0x8000, 0, 0);
        unit.put(0x0000_0001_0000_0025L, unit.status.address(), 0, 0);
        TestThread invalidating = TestThread.start(unit::ring);
        join(asked);
        assertThat(unit.status.bytes().getInt(0)).as("the wait is not complete").isZero();
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.ring();
        assertThat(unit.device.responses).hasSize(1);
        invalidating.join();
        assertThat(unit.status.bytes().getInt(0)).isEqualTo(1);
    }

    @Test
    void deviceTlb_aFence_holdsUpWhatIsBehindIt() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        unit.device.onInvalidation = () -> {
            asked.countDown();
            join(ended);
        };
        unit.put(0x0005_0310_0008L, 0x8000, 0, 0);
        unit.put(0x0000_0001_0000_0065L, unit.status.address(), 0, 0);
        unit.put(RESPONSE, GROUP_5, 0, 0);
        TestThread invalidating = TestThread.start(unit::ring);
        join(asked);
        unit.ring();
        assertThat(unit.device.responses).isEmpty();
        ended.countDown();
        invalidating.join();
        assertThat(unit.device.responses).hasSize(1);
        assertThat(unit.status.bytes().getInt(0)).isEqualTo(1);
    }

    private static void join(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertStopsAt(long word0, long word1, long word2, long word3) {
        HardwareFixture unit = new HardwareFixture();
        List<ResponseCode> tapped = new ArrayList<>();
        unit.hardware.tap((record, code) -> tapped.add(code));
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.put(word0, word1, word2, word3);
        unit.put(RESPONSE, GROUP_5, 0, 0);
        unit.ring();
        assertThat(unit.stopped()).as("%x %x %x %x", word0, word1, word2, word3).isTrue();
        assertThat(unit.hardware.read64(Registers.IQH)).isEqualTo(32);
        assertThat(unit.device.responses).hasSize(1);
        assertThat(tapped).containsExactly(ResponseCode.SUCCESS);
    }

    private static final class ThrowingDevice implements Downstream {
        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            throw new NoClassDefFoundError("a device that fails");
        }

        @Override
        public void resume(int transaction, boolean retry) {}

        @Override
        public void invalidate(int pasid, long first, long last) {}

        @Override
        public void disconnected() {}
    }
}
