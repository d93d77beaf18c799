// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.handler.Disposition;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Draining a PASID while the same device and another go on faulting with other PASIDs. */
class DrainTest {
    private static final String KIND = "drain";
    private static final int DRAINED = 1;
    private static final int OTHER = 2;
    /** A thousand in a soak, forty in every build. */
    private static final int ROUNDS = Boolean.getBoolean("soak") ? 1_000 : 40;

    private static final int BURST = 64;

    @ParameterizedTest
    @EnumSource
    void v10_afterwardsNothingOfThatPasidIsInTheRingPendingOrAnsweredLater(Way way) throws Exception {
        try (StartedCore core = new StartedCore(Duration.ofSeconds(30));
                RunningUnit running = way.open(core.faults(), "unit0");
                Crew crew = new Crew()) {
            // Answers later, on a worker, so that groups are pending when the drain comes.
            core.serve(KIND, false, group -> {
                LockSupport.parkNanos(20_000);
                group.respond(ResponseCode.SUCCESS);
                return Disposition.TAKEN;
            });
            Counting device = new Counting();
            Counting bystander = new Counting();
            Upstream up = running.unit().connect("drained", 1, device);
            Upstream other = running.unit().connect("bystander", 2, bystander);
            Domain domain = core.faults().allocateDomain(KIND, "nothing mapped", PageTable.EMPTY, false);
            for (int pasid : new int[] {DRAINED, OTHER}) {
                core.faults().attach(up.device(), pasid, domain);
                core.faults().attach(other.device(), pasid, domain);
            }
            AtomicBoolean stop = new AtomicBoolean();
            crew.start(() -> flow(way, up, device, stop));
            crew.start(() -> flow(way, other, bystander, stop));
            long others = 0;
            for (int round = 1; round <= ROUNDS; round++) {
                for (int i = 0; i < BURST; i++) {
                    ask(way, up, DRAINED, i);
                }
                core.faults().drain(up.device(), DRAINED);
                long sent = (long) round * BURST;
                assertThat(device.drained.get())
                        .as("answers in round %d", round)
                        .isEqualTo(sent);
                if (round % 20 == 0) {
                    long answered = device.others.get() + bystander.others.get();
                    assertThat(answered).as("faults flow").isGreaterThan(others);
                    others = answered;
                    assertThat(device.drained.get()).as("none later").isEqualTo(sent);
                }
            }
            stop.set(true);
            crew.join(30);
            running.unit().drain();
            assertThat(device.drained.get()).isEqualTo((long) ROUNDS * BURST);
            assertThat(device.others.get()).isEqualTo(device.sent.get());
            assertThat(bystander.others.get()).isEqualTo(bystander.sent.get());
        }
    }

    /** Faults with the other PASID, a few at a time, until told to stop. */
    private static Void flow(Way way, Upstream up, Counting device, AtomicBoolean stop) {
        while (!stop.get()) {
            while (device.sent.get() - device.others.get() >= 32 && !stop.get()) {
                Thread.onSpinWait();
            }
            ask(way, up, OTHER, 256 + (int) (device.sent.getAndIncrement() & 127));
        }
        return null;
    }

    private static void ask(Way way, Upstream up, int pasid, int number) {
        if (way == Way.SMMUV3_STALL) {
            assertThat(up.transact(number, pasid, Permissions.READ, 0x1000L * number))
                    .isEqualTo(Upstream.STALLED);
        } else {
            up.pageRequest(pasid, number, Permissions.READ, 0x1000L * number, true);
        }
    }

    /** Counts answers by PASID; a transaction's is told by its number. */
    private static final class Counting implements Downstream {
        final AtomicLong drained = new AtomicLong();
        final AtomicLong others = new AtomicLong();
        final AtomicLong sent = new AtomicLong();

        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            (pasid == DRAINED ? drained : others).incrementAndGet();
        }

        @Override
        public void resume(int transaction, boolean retry) {
            (transaction < 256 ? drained : others).incrementAndGet();
        }

        @Override
        public void invalidate(int pasid, long first, long last) {}

        @Override
        public void disconnected() {}
    }
}
