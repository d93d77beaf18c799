// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.pgfault.api.Device;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchTest {
    private static final long SOON = TimeUnit.MILLISECONDS.toNanos(50);

    @ParameterizedTest
    @CsvSource({"1,1,1,true", "1,256,8,true", "3,1000,1,false", "5,7,512,false", "1,2000,2,true"})
    void yardstickAnswersEveryGroup(int devices, int outstanding, int groupSize, boolean inline) throws Exception {
        Load load = new Load(devices, outstanding, groupSize, false);
        try (Yardstick yardstick = new Yardstick(inline);
                Bench bench = new Bench(load, yardstick, Long.MAX_VALUE)) {
            Measured.Throughput measured = bench.throughput(SOON);
            assertThat(measured.groups()).isPositive();
            assertThat(measured.requests()).isEqualTo(measured.groups() * groupSize);
            assertThat(measured.refused()).isZero();
            assertThat(measured.elapsedNanos()).isGreaterThanOrEqualTo(SOON);
        }
    }

    @Test
    void asManyGroupsAreOutAsMayBe() throws Exception {
        AtomicLong asked = new AtomicLong();
        Load load = new Load(2, 1_200, 1, false);
        Target silent = (index, firstPasid, device) -> new Silent(() -> asked.incrementAndGet());
        try (Bench bench = new Bench(load, silent, Long.MAX_VALUE)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> bench.throughput(SOON)).isInstanceOf(InterruptedException.class);
        }
        assertThat(asked).hasValue(1_200);
        assertThat(load.pasids()).isEqualTo(2);
    }

    @Test
    void whatIsNotGrantedIsCounted() throws Exception {
        Load load = new Load(1, 4, 1, false);
        Target refusing = (index, firstPasid, device) -> new Answering(device, Downstream.INVALID_REQUEST);
        try (Bench bench = new Bench(load, refusing, Long.MAX_VALUE)) {
            Measured.Throughput measured = bench.throughput(SOON);
            assertThat(measured.refused()).isEqualTo(measured.groups()).isPositive();
        }
    }

    @Test
    void aTransactionThatDoesNotFault_isNoGroup() throws Exception {
        Load load = new Load(1, 4, 1, true);
        Target granting = (index, firstPasid, device) -> new Silent(() -> {});
        try (Bench bench = new Bench(load, granting, Long.MAX_VALUE)) {
            Measured.Throughput measured = bench.throughput(SOON);
            assertThat(measured.groups()).isZero();
            assertThat(measured.hits()).isPositive();
            assertThat(measured.bytesPerGroup()).isZero();
        }
        try (Bench bench = Bench.timed(load, granting, Long.MAX_VALUE)) {
            Histogram nanos = bench.latency(1_000, SOON).nanos();
            assertThat(nanos.getTotalCount()).isZero();
        }
    }

    @Test
    void groupsThatTheFrameworkDidNotCount_areTold() throws Exception {
        Load load = new Load(1, 4, 1, false);
        AtomicLong counted = new AtomicLong();
        Target forgetful = new Target() {
            @Override
            public Upstream connect(int index, int firstPasid, Downstream device) {
                return new Answering(device, Downstream.SUCCESS);
            }

            @Override
            public OptionalLong groups() {
                return OptionalLong.of(counted.get());
            }
        };
        try (Bench bench = new Bench(load, forgetful, Long.MAX_VALUE)) {
            Measured.Throughput measured = bench.throughput(SOON);
            assertThat(measured.uncounted()).isEqualTo(measured.groups()).isPositive();
        }
    }

    @Test
    void hiccupsAccountForAllOfTheTime() throws Exception {
        long before = System.nanoTime();
        Histogram hiccups = Hiccups.measure(2, SOON);
        long elapsed = System.nanoTime() - before;

        // There is a value for each microsecond of each thread; each reading of the clock may cut one microsecond
        // short.
        assertThat(hiccups.getTotalCount() * 1_000).isBetween(SOON, 2 * elapsed);
        assertThat(hiccups.getMaxValue()).isLessThanOrEqualTo(elapsed);
    }

    @Test
    void latencyIsTakenOfEveryGroupThatWasDue() throws Exception {
        Load load = new Load(2, 64, 2, false);
        try (Yardstick yardstick = new Yardstick(true);
                Bench bench = Bench.timed(load, yardstick, Long.MAX_VALUE)) {
            Measured.Latency measured = bench.latency(10_000, TimeUnit.MILLISECONDS.toNanos(100));
            assertThat(measured.nanos().getTotalCount()).isCloseTo(1_000, within(1L));
        }
    }

    /** A late answer delays every group that is due meanwhile: the latency counts all of them. */
    @Test
    void groupsThatWereDueWhileTheDeviceWaitedCount() throws Exception {
        long stall = TimeUnit.MILLISECONDS.toNanos(100);
        Load load = new Load(1, 1, 1, false);
        Target stalling = (index, firstPasid, device) -> new StallingOnce(device, stall);
        try (Bench bench = Bench.timed(load, stalling, Long.MAX_VALUE)) {
            Histogram nanos = bench.latency(1_000, 2 * stall).nanos();
            assertThat(nanos.getTotalCount()).isCloseTo(200, within(1L));
            // Groups are due at 0, 1, 2 ... 99 ms, and the device asks for all of them at 100 ms or later.
            assertThat(nanos.getCountBetweenValues(stall / 2, Long.MAX_VALUE)).isGreaterThanOrEqualTo(49);
        }
    }

    @Test
    void numbersOutOfRangeAreNamed() {
        assertThatThrownBy(() -> new Load(0, 1, 1, false)).hasMessage("devices is 1 to 4096, got 0");
        assertThatThrownBy(() -> new Load(1, 100_001, 1, false)).hasMessage("outstanding is 1 to 100000, got 100001");
        assertThatThrownBy(() -> new Load(1, 1, 513, false)).hasMessage("group-size is 1 to 512, got 513");
        assertThatThrownBy(() -> new Load(1, 1, 2, true)).hasMessage("group-size is 1 for devices that stall, got 2");
    }

    /** A unit that runs something for each last request and answers nothing. */
    private static class Silent implements Upstream {
        private final Runnable whenAsked;

        Silent(Runnable whenAsked) {
            this.whenAsked = whenAsked;
        }

        @Override
        public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
            if (last) {
                whenAsked.run();
            }
        }

        @Override
        public Device device() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long translate(int pasid, long address) {
            return Translation.NONE;
        }

        @Override
        public long transact(int transaction, int pasid, int permissions, long address) {
            return Translation.NONE;
        }

        @Override
        public void close() {}
    }

    /** A unit that answers each group before the request returns. */
    private static class Answering extends Silent {
        private final Downstream device;
        private final int code;

        Answering(Downstream device, int code) {
            super(() -> {});
            this.device = device;
            this.code = code;
        }

        @Override
        public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
            if (last) {
                device.pageGroupResponse(pasid, prgIndex, code);
            }
        }
    }

    /** A unit that answers the first group late. */
    private static final class StallingOnce extends Answering {
        private final long nanos;
        private boolean stalled;

        StallingOnce(Downstream device, long nanos) {
            super(device, Downstream.SUCCESS);
            this.nanos = nanos;
        }

        @Override
        public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
            long start = System.nanoTime();
            while (!stalled && System.nanoTime() - start < nanos) {
                Thread.onSpinWait();
            }
            stalled = true;
            super.pageRequest(pasid, prgIndex, permissions, address, last);
        }
    }
}
