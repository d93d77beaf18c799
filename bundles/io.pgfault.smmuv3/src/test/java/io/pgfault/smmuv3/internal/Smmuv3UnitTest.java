// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static io.pgfault.smmuv3.internal.Fixture.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.RecordingDevice.Answer;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.tck.core.StrictFaults;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The component: configurations that make no unit, and units that can't go on (rules C20, C21). */
@Timeout(30)
class Smmuv3UnitTest {
    private static final String NAME = "smmu3.0";
    private static final Sizes SIZES = new Sizes(4, 4, 4, 8);

    /** Keeps what the component logs at the level of an error. */
    private static final class Errors extends Handler {
        final List<LogRecord> records = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord record) {
            if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
                records.add(record);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private final Logger log = Logger.getLogger("io.pgfault.unit");
    private final Errors errors = new Errors();
    private final StrictFaults faults = StrictFaults.builder()
            .answers(request -> ResponseCode.SUCCESS)
            .domainsEverywhere()
            .build();
    /** The units whose services are registered. */
    private final List<IommuUnit> registered = new CopyOnWriteArrayList<>();
    /** Why configurations make no unit, as long as their components live. */
    private final List<String> refused = new CopyOnWriteArrayList<>();

    private Smmuv3Unit component(String name, Supplier<Sizes> sizes) {
        return new Smmuv3Unit(
                name,
                () -> new IommuUnit(faults, name, sizes.get()),
                unit -> {
                    registered.add(unit);
                    return () -> registered.remove(unit);
                },
                why -> {
                    refused.add(why);
                    return () -> refused.remove(why);
                });
    }

    @BeforeEach
    void listen() {
        log.addHandler(errors);
    }

    @AfterEach
    void stop() {
        log.removeHandler(errors);
        List.copyOf(registered).forEach(IommuUnit::stop);
    }

    private void assertOneLine(String... parts) {
        assertThat(errors.records).hasSize(1);
        assertThat(errors.records.get(0).getMessage()).contains(parts).doesNotContain("\n");
        assertThat(errors.records.get(0).getThrown()).isNull();
        errors.records.clear();
    }

    private static void assertWorks(IommuUnit unit, int id) throws Exception {
        RecordingDevice device = new RecordingDevice();
        try (Upstream upstream = unit.connect("nic" + id, id, device)) {
            upstream.pageRequest(1, 2, Permissions.READ, 0x1000, true);
            unit.drain();
        }
        assertThat(device.answers()).containsExactly(new Answer(1, 2, Downstream.SUCCESS));
    }

    @Test
    void c20_aSecondUnitOfTheNameIsRefusedWithOneLineAndTheFirstWorksOn() throws Exception {
        Smmuv3Unit first = component(NAME, () -> SIZES);
        Smmuv3Unit second = component(NAME, () -> SIZES);
        assertOneLine(NAME, Smmuv3Unit.PID);
        assertThat(registered).hasSize(1);
        assertWorks(registered.get(0), 1);

        second.deactivate();

        assertThat(registered).hasSize(1);
        assertWorks(registered.get(0), 2);
        first.deactivate();
        assertThat(registered).isEmpty();
        component(NAME, () -> SIZES);
        assertWorks(registered.get(0), 3);
        assertThat(errors.records).isEmpty();
    }

    @Test
    void aConfigurationThatIsWrongMakesNoUnitAndSaysSoInOneLine() {
        Smmuv3Unit none = component(NAME, () -> new Sizes(99, 4, 4, 8));
        assertOneLine(NAME, "event.queue.log2 is 99");
        assertThat(refused).containsExactly(NAME + ": event.queue.log2 is 99, must be 1 to 19");
        none.deactivate();
        assertThat(refused).isEmpty();
        component(" ", () -> SIZES).deactivate();
        assertOneLine("io.pgfault.unit.name");
        assertThat(registered).isEmpty();
        assertThat(faults.queues()).isEmpty();
    }

    @Test
    void c21_aUnitThatCannotGoOnSaysSoAnswersEverythingAndUnregisters() {
        Smmuv3Unit component = component(NAME, () -> SIZES);
        IommuUnit unit = registered.get(0);
        List<RecordingDevice> devices = new ArrayList<>();
        faults.hold();
        for (int id = 0; id < 3; id++) {
            RecordingDevice device = new RecordingDevice();
            devices.add(device);
            unit.connect("nic" + id, id, device).pageRequest(1, 2, Permissions.READ, 0x1000, true);
        }
        eventually(() -> faults.pending().size() == 3);

        faults.onBatch(() -> {
            throw new NoClassDefFoundError("on purpose");
        });
        unit.connect("nic9", 9, new RecordingDevice()).pageRequest(1, 2, Permissions.READ, 0x1000, true);

        eventually(registered::isEmpty);
        for (RecordingDevice device : devices) {
            assertThat(device.answers()).containsExactly(new Answer(1, 2, Downstream.INVALID_REQUEST));
            assertThat(device.disconnects()).isEqualTo(1);
        }
        assertThat(faults.queues()).isEmpty();
        // The event thread's own lines have the cause.
        errors.records.removeIf(record -> record.getThrown() != null);
        assertOneLine(NAME, "can't go on");
        component.deactivate();
        assertThat(registered).isEmpty();
    }
}
