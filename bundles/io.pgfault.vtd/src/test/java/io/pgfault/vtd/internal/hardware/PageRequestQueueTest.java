// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import static io.pgfault.vtd.internal.hardware.HardwareFixture.ENTRIES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.vtd.internal.RecordingDevice.Response;
import io.pgfault.vtd.spec.Registers;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PageRequestQueueTest {
    private static final int PPR = 1;
    private static final int PRO = 2;
    private static final String EVENT = "7fee01000:55";

    private final HardwareFixture unit = new HardwareFixture();

    @Test
    void v01_message_isWrittenAtTheTailAsItIs() {
        assertThat(unit.post(0x1122_3344_5566_7788L, 0x99aa_bbcc_ddee_ff00L, 3, 4))
                .isTrue();
        assertThat(unit.post(5, 6, 7, 8)).isTrue();

        assertThat(unit.hardware.read64(Registers.PQT)).isEqualTo(64);
        assertThat(unit.hardware.read64(Registers.PQH)).isZero();
        assertThat(unit.requests.bytes().getLong(0)).isEqualTo(0x1122_3344_5566_7788L);
        assertThat(unit.requests.bytes().getLong(8)).isEqualTo(0x99aa_bbcc_ddee_ff00L);
        assertThat(unit.requests.bytes().getLong(32)).isEqualTo(5);
        assertThat(unit.requests.bytes().getLong(56)).isEqualTo(8);
    }

    @Test
    void v01_messageOfADevice_isEncoded() {
        unit.hardware.pageRequest(0x0310, 0x12345, 0x1ff, Permissions.READ | Permissions.WRITE, 0xabcd_efffL, true);
        unit.hardware.pageRequest(0x0310, Pasid.NONE, 2, Permissions.EXEC | Permissions.PRIV, -4096, false);

        assertThat(unit.requests.bytes().getLong(0)).isEqualTo(0x0001_2345_0310_0101L);
        assertThat(unit.requests.bytes().getLong(8)).isEqualTo(0xabcd_efffL);
        assertThat(unit.requests.bytes().getLong(32)).isEqualTo(0x0030_0000_0310_0001L);
        assertThat(unit.requests.bytes().getLong(40)).isEqualTo(0xffff_ffff_ffff_f010L);
    }

    @Test
    void v01_event_isRaisedIfPprWasClear() {
        unit.post(1, true);
        assertThat(unit.status()).isEqualTo(PPR);
        assertThat(unit.events).containsExactly(EVENT);
        unit.post(2, true);
        assertThat(unit.events).hasSize(1);

        unit.hardware.write32(Registers.PRS, PPR);
        assertThat(unit.status()).isZero();
        unit.post(3, true);
        assertThat(unit.events).hasSize(2);
    }

    @Test
    void v01_maskedEvent_isHeldPendingAndDeliveredOnUnmask() {
        unit.hardware.write32(Registers.PECTL, 1 << 31);
        unit.post(1, true);
        unit.post(2, true);
        assertThat(unit.events).isEmpty();
        assertThat(unit.hardware.read32(Registers.PECTL)).isEqualTo(0xc000_0000);

        unit.hardware.write32(Registers.PECTL, 0);
        assertThat(unit.events).containsExactly(EVENT);
        assertThat(unit.hardware.read32(Registers.PECTL)).isZero();
        unit.hardware.write32(Registers.PECTL, 1 << 31);
        unit.hardware.write32(Registers.PECTL, 0);
        assertThat(unit.events).hasSize(1);
    }

    @Test
    void v01_maskedEvent_isDroppedWhenItsCauseWasServiced() {
        unit.hardware.write32(Registers.PECTL, 1 << 31);
        unit.post(1, true);
        unit.hardware.write32(Registers.PRS, PPR);
        assertThat(unit.hardware.read32(Registers.PECTL)).isEqualTo(0x8000_0000);
        unit.hardware.write32(Registers.PECTL, 0);
        assertThat(unit.events).isEmpty();
    }

    @Test
    void v01_tail_wrapsAround() {
        for (int i = 0; i < 3 * ENTRIES; i++) {
            assertThat(unit.post(i, i, i, i)).isTrue();
            assertThat(unit.requests.bytes().getLong(i % ENTRIES * 32)).isEqualTo(i);
            unit.hardware.write64(Registers.PQH, unit.hardware.read64(Registers.PQT));
        }
        assertThat(unit.hardware.read64(Registers.PQT)).isZero();
    }

    @Test
    void v02_fullRing_dropsAndFlagsAndAnswersALastSuccess() {
        unit.fill();
        assertThat(unit.hardware.read64(Registers.PQT)).isEqualTo((ENTRIES - 1) * 32);
        assertThat(unit.status()).isEqualTo(PPR);

        assertThat(unit.post(0x000f_ffff_0310_0101L, 0x1000L | (7 << 3) | 4 | 2, 0, 0))
                .isFalse();
        assertThat(unit.status()).isEqualTo(PPR | PRO);
        assertThat(unit.hardware.read64(Registers.PQT)).isEqualTo((ENTRIES - 1) * 32);
        assertThat(unit.device.responses).containsExactly(new Response(0xfffff, 7, 0));
        assertThat(unit.events).as("PPR was set already").hasSize(1);
    }

    @Test
    void v02_droppedNotLast_isNotAnswered() {
        unit.fill();
        unit.post(9, false);
        assertThat(unit.status()).isEqualTo(PPR | PRO);
        assertThat(unit.device.responses).isEmpty();
    }

    @Test
    void v02_droppedStopMarker_isNotAnswered() {
        unit.fill();
        unit.post(0x0001_2345_0310_0101L, 0x1000L | 4, 0, 0);
        assertThat(unit.status()).isEqualTo(PPR | PRO);
        assertThat(unit.device.responses).isEmpty();
    }

    @Test
    void v02_proSet_dropsEvenWithRoom() {
        unit.fill();
        unit.post(1, true);
        unit.hardware.write64(Registers.PQH, unit.hardware.read64(Registers.PQT));
        unit.hardware.write32(Registers.PRS, PPR);
        assertThat(unit.post(2, true)).isFalse();
        assertThat(unit.status()).isEqualTo(PRO);
        assertThat(unit.device.responses)
                .containsExactly(new Response(Pasid.NONE, 1, 0), new Response(Pasid.NONE, 2, 0));
        assertThat(unit.events).as("PRO was set already").hasSize(1);

        unit.hardware.write32(Registers.PRS, PRO);
        assertThat(unit.post(3, true)).isTrue();
        assertThat(unit.events).hasSize(2);
    }

    @Test
    void v02_overflow_raisesTheEventIfNeitherFlagWasSet() {
        unit.fill();
        unit.hardware.write32(Registers.PRS, PPR);
        unit.post(1, false);
        assertThat(unit.status()).isEqualTo(PRO);
        assertThat(unit.events).hasSize(2);
    }

    @Test
    void offer_writesNothingWithoutRoom() throws InterruptedException {
        ByteBuffer record = ByteBuffer.allocate(40).position(8);
        unit.fill();
        assertThat(unit.hardware.records().offer(record)).isFalse();
        assertThat(unit.status()).isEqualTo(PPR);
        assertThat(unit.hardware.records().awaitRoom(1)).isFalse();
        assertThat(record.position()).isEqualTo(8);

        unit.hardware.write64(Registers.PQH, 32);
        assertThat(unit.hardware.records().awaitRoom(TimeUnit.SECONDS.toNanos(10)))
                .isTrue();
        assertThat(unit.hardware.records().offer(record)).isTrue();
    }

    @Test
    void queueOutOfUse_takesNothingAndNobodyWaitsForRoom() throws InterruptedException {
        unit.hardware.write64(Registers.PQA, 0);
        assertThat(unit.hardware.records().offer(ByteBuffer.allocate(32))).isFalse();
        assertThat(unit.hardware.records().awaitRoom(Long.MAX_VALUE)).isFalse();
    }

    @Test
    void registers_thatAreNotThere_areRefused() {
        assertThatThrownBy(() -> unit.hardware.read32(0xc0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0xc0");
        assertThatThrownBy(() -> unit.hardware.write64(0xdc, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
