// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import static io.pgfault.vtd.internal.driver.DriverFixture.KNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.spec.Registers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * The event protocol in every order in which the steps of the devices and of the driver can follow each other. A step
 * of the driver is an access to a register; those of a device are: a message arrives at the queue; the event that it
 * raised, if it did, arrives at the driver. Each of these is atomic in the model as it is in hardware.
 */
class EventProtocolTest {
    private static final long WORD0 = ((long) KNOWN << 16) | 1;
    private static final int ENTRIES = 127;

    /** One run: devices and a driver, in one order of their steps. */
    private static final class Run {
        private final Choices choices;
        private final List<Deque<Runnable>> devices = new ArrayList<>();
        private final DriverFixture unit;
        private Deque<Runnable> stepping;
        private boolean begun;

        /** @param groups for each device the groups of the requests it sends, one after the other */
        Run(Choices choices, int[][] groups) {
            this.choices = choices;
            unit = new DriverFixture(48, this::interrupted);
            unit.line = this::raise;
            for (int[] device : groups) {
                Deque<Runnable> steps = new ArrayDeque<>();
                Arrays.stream(device)
                        .forEach(group -> steps.add(() -> unit.post(WORD0, 0x1000L | (long) group << 3 | 0b101, 0, 0)));
                devices.add(steps);
            }
        }

        /** A device has raised an event: the device's next step is the event's arrival. */
        private void raise(Runnable arrival) {
            if (stepping == null) {
                arrival.run();
            } else {
                stepping.addFirst(arrival);
            }
        }

        private Mmio interrupted(Mmio registers) {
            return new Mmio() {
                @Override
                public int read32(int offset) {
                    others();
                    return registers.read32(offset);
                }

                @Override
                public long read64(int offset) {
                    others();
                    return registers.read64(offset);
                }

                @Override
                public void write32(int offset, int value) {
                    others();
                    registers.write32(offset, value);
                }

                @Override
                public void write64(int offset, long value) {
                    others();
                    registers.write64(offset, value);
                }
            };
        }

        /** Any steps of the devices, before a step of the driver. */
        private void others() {
            while (begun) {
                List<Deque<Runnable>> ready = ready();
                int choice = choices.choose(ready.size() + 1);
                if (choice == 0) {
                    return;
                }
                step(ready.get(choice - 1));
            }
        }

        private List<Deque<Runnable>> ready() {
            return devices.stream().filter(steps -> !steps.isEmpty()).toList();
        }

        private void step(Deque<Runnable> device) {
            stepping = device;
            device.remove().run();
            stepping = null;
        }

        /** Until the devices have sent everything and the driver has nothing to do. */
        void go(Runnable pass) {
            begun = true;
            while (unit.raised() || !ready().isEmpty()) {
                if (unit.raised()) {
                    unit.lower();
                    pass.run();
                } else {
                    List<Deque<Runnable>> ready = ready();
                    step(ready.get(choices.choose(ready.size())));
                }
            }
            begun = false;
        }
    }

    /** Runs all orders; returns how many there are. */
    private static int all(int[][] groups, Consumer<Run> body) {
        Choices choices = new Choices();
        int orders = 0;
        do {
            body.accept(new Run(choices, groups));
            orders++;
        } while (choices.next());
        return orders;
    }

    private static void assertNothingMissed(Run run, Integer... groups) {
        assertThat(run.unit.ringIsEmpty())
                .as("ring empty, order %s", run.choices)
                .isTrue();
        assertThat(run.unit.hardware.read32(Registers.PRS)).isZero();
        assertThat(run.unit.known.responses.stream().map(r -> r.prgIndex()))
                .as("answers, order %s", run.choices)
                .containsExactlyInAnyOrder(groups);
    }

    @Test
    void v04_noRequestIsMissedInAnyOrderOfTwoDevicesAndTheDriver() {
        int orders = all(new int[][] {{1, 2}, {3}}, run -> {
            run.go(run.unit.events::pass);
            assertNothingMissed(run, 1, 2, 3);
        });
        assertThat(orders).isGreaterThan(1_000);
    }

    @Test
    void v04_noRequestIsMissedInAnyOrderOfThreeRequestsOfOneDeviceAndTheDriver() {
        int orders = all(new int[][] {{1, 2, 3}}, run -> {
            run.go(run.unit.events::pass);
            assertNothingMissed(run, 1, 2, 3);
        });
        assertThat(orders).isGreaterThan(100);
    }

    @Test
    void v01_anEventRaisedWhileMaskedIsDeliveredOnUnmaskInAnyOrder() {
        int orders = all(new int[][] {{1}, {2}}, run -> {
            Mmio registers = run.interrupted(run.unit.hardware);
            run.begun = true;
            registers.write32(Registers.PECTL, Registers.PECTL_IM);
            run.unit.events.pass();
            registers.write32(Registers.PECTL, 0);
            run.go(run.unit.events::pass);
            assertNothingMissed(run, 1, 2);
        });
        assertThat(orders).isGreaterThan(100);
    }

    @Test
    void v08_anOverflowIsRecoveredFromInAnyOrder() {
        int orders = all(new int[][] {{1}, {2}}, run -> {
            // Partials, so that one request fits; the driver has its event already.
            for (int i = 0; i < ENTRIES - 1; i++) {
                run.unit.post(WORD0, 0x1000L | 300L << 3 | 1, 0, 0);
            }
            run.go(run.unit.events::pass);
            // The driver's answer, or the hardware's Success for a request that was lost: one each.
            assertNothingMissed(run, 1, 2);
            long overflows = run.unit.count(Counter.OVERFLOWS);
            assertThat(overflows).as("order %s", run.choices).isBetween(0L, 1L);
            assertThat(run.unit.faults.partials(run.unit.device))
                    .as("order %s", run.choices)
                    .isEqualTo(overflows == 0 ? ENTRIES - 1 : 0);
        });
        assertThat(orders).isGreaterThan(100);
    }

    /** The search would find the mistake: tail and head read before PPR is cleared. */
    @Test
    void v04_clearingPprTooLateWouldMissARequest() {
        int[] missed = new int[1];
        all(new int[][] {{1}, {2}}, run -> {
            Mmio registers = run.interrupted(run.unit.hardware);
            run.go(() -> {
                long tail = registers.read64(Registers.PQT);
                registers.write32(Registers.PRS, Registers.PRS_PPR);
                registers.write64(Registers.PQH, tail);
            });
            missed[0] += run.unit.ringIsEmpty() ? 0 : 1;
        });
        assertThat(missed[0]).isPositive();
    }
}
