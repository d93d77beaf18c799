// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import static io.pgfault.vtd.internal.driver.DriverFixture.KNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.vtd.internal.RecordingDevice;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.spec.Registers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class EventThreadTest {
    private static final long WORD0 = ((long) KNOWN << 16) | 1;

    @Test
    void v04_requestsThatArriveAtAnyTwoPointsOfAPass_areNotMissed() {
        for (int first = 0; first < 40; first++) {
            for (int second = first; second < 40; second++) {
                Interleaving interleaving = new Interleaving(first, second);
                DriverFixture unit = new DriverFixture(48, registers -> interleaving.over(registers));
                interleaving.begin(unit);
                unit.feed(WORD0, request(0), 0, 0);
                interleaving.rest();
                unit.work();

                assertThat(unit.ringIsEmpty()).as("%d %d", first, second).isTrue();
                assertThat(unit.hardware.read32(Registers.PRS)).isZero();
                assertThat(unit.known.responses.stream().map(r -> r.prgIndex()))
                        .as("%d %d", first, second)
                        .containsExactly(0, 1, 2);
            }
        }
    }

    @Test
    void v04_headIsWrittenAfterTheRequestsWereConsumed() {
        DriverFixture unit = new DriverFixture();
        List<Long> heads = new ArrayList<>();
        unit.faults.beforeReport(() -> heads.add(unit.hardware.read64(Registers.PQH)));
        for (int i = 0; i < 3; i++) {
            unit.post(WORD0, request(i), 0, 0);
        }
        unit.work();
        assertThat(heads).containsExactly(0L, 0L, 0L);
        assertThat(unit.hardware.read64(Registers.PQH)).isEqualTo(96);
    }

    @Test
    void v08_overflow_discardsPartialsWithTheRingEmptyAndOnlyThenTakesRequestsAgain() {
        DriverFixture unit = new DriverFixture();
        List<String> discards = new ArrayList<>();
        unit.faults.onDiscard(() -> discards.add("empty %s, PRO %d"
                .formatted(unit.ringIsEmpty(), unit.hardware.read32(Registers.PRS) & Registers.PRS_PRO)));
        for (int i = 0; i < 127; i++) {
            assertThat(unit.post(WORD0, partial(i), 0, 0)).isTrue();
        }
        assertThat(unit.post(WORD0, request(200), 0, 0)).isFalse();
        unit.work();

        assertThat(discards).containsExactly("empty true, PRO 2");
        assertThat(unit.hardware.read32(Registers.PRS)).isZero();
        assertThat(unit.faults.partials(unit.device)).isZero();
        assertThat(unit.queue.counters().get(Counter.OVERFLOWS)).isEqualTo(1);
        assertThat(unit.known.responses.stream().map(r -> r.prgIndex() + ":" + r.code()))
                .as("the hardware's own Success, and none from the driver")
                .containsExactly("200:0");
        unit.feed(WORD0, request(201), 0, 0);
        assertThat(unit.known.responses).hasSize(2);
    }

    @Test
    void v08_overflowDuringAPass_isFollowedByAnotherPass() {
        DriverFixture unit = new DriverFixture();
        AtomicBoolean flooded = new AtomicBoolean();
        List<Boolean> empty = new ArrayList<>();
        unit.faults.onDiscard(() -> empty.add(unit.ringIsEmpty()));
        unit.faults.beforeReport(() -> {
            if (flooded.compareAndSet(false, true)) {
                for (int i = 1; i < 127; i++) {
                    unit.post(WORD0, request(i), 0, 0);
                }
                assertThat(unit.post(WORD0, request(300), 0, 0)).isFalse();
            }
        });
        unit.feed(WORD0, request(0), 0, 0);

        assertThat(empty).containsExactly(true);
        assertThat(unit.known.responses).hasSize(128);
        assertThat(unit.known.responses.stream().map(r -> r.prgIndex()).distinct())
                .hasSize(128);
        assertThat(unit.ringIsEmpty()).isTrue();
        assertThat(unit.hardware.read32(Registers.PRS)).isZero();
    }

    @Test
    void c21_aReportThatThrows_isAnsweredInvalid_andTheNextGoesOn() {
        DriverFixture unit = new DriverFixture();
        AtomicBoolean thrown = new AtomicBoolean();
        unit.faults.beforeReport(() -> {
            if (thrown.compareAndSet(false, true)) {
                throw new NoClassDefFoundError("a core that fails");
            }
        });
        unit.post(WORD0, request(1), 0, 0);
        unit.post(WORD0, request(2), 0, 0);
        unit.work();
        assertThat(unit.known.responses)
                .containsExactly(new RecordingDevice.Response(-1, 1, 1), new RecordingDevice.Response(-1, 2, 0));
        assertThat(unit.ringIsEmpty()).isTrue();
    }

    private static long request(int group) {
        return partial(group) | 4;
    }

    private static long partial(int group) {
        return 0x1000L | ((long) group << 3) | 1;
    }

    /** Has requests 1 and 2 arrive just before the driver's register accesses of the given numbers. */
    private static final class Interleaving {
        private final int first;
        private final int second;
        private DriverFixture unit;
        private int access;
        private int sent;

        Interleaving(int first, int second) {
            this.first = first;
            this.second = second;
        }

        void begin(DriverFixture unit) {
            this.unit = unit;
        }

        /** Those whose point was never reached arrive now. */
        void rest() {
            while (sent < 2) {
                unit.post(WORD0, request(++sent), 0, 0);
            }
        }

        private void step() {
            if (unit == null) {
                return;
            }
            int now = ++access;
            if (sent == 0 && now > first) {
                unit.post(WORD0, request(++sent), 0, 0);
            }
            if (sent == 1 && now > second) {
                unit.post(WORD0, request(++sent), 0, 0);
            }
        }

        Mmio over(Mmio registers) {
            return new Mmio() {
                @Override
                public int read32(int offset) {
                    step();
                    return registers.read32(offset);
                }

                @Override
                public long read64(int offset) {
                    step();
                    return registers.read64(offset);
                }

                @Override
                public void write32(int offset, int value) {
                    step();
                    registers.write32(offset, value);
                }

                @Override
                public void write64(int offset, long value) {
                    step();
                    registers.write64(offset, value);
                }
            };
        }
    }
}
