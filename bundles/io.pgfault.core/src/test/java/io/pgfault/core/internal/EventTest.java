// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording says of faults, read back from its file. */
class EventTest extends CoreTest {
    private static final List<String> NAMES =
            List.of("Request", "Group", "Handler", "Response", "Deadline", "Recall", "Bound", "Overflow");

    @TempDir
    private Path folder;

    private interface Scene {
        void play();
    }

    /** The events of this test's device or unit, in the order in which they were committed. */
    private List<RecordedEvent> recorded(Scene scene) throws Exception {
        Path file = folder.resolve("faults.jfr");
        try (Recording recording = new Recording()) {
            NAMES.forEach(name -> recording.enable("io.pgfault." + name).withThreshold(Duration.ZERO));
            recording.start();
            scene.play();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("io.pgfault."))
                .sorted(java.util.Comparator.comparing(RecordedEvent::getEndTime))
                .toList();
    }

    private static List<String> names(List<RecordedEvent> events) {
        return events.stream()
                .map(event -> event.getEventType().getName().substring("io.pgfault.".length()))
                .toList();
    }

    @Test
    void theWayOfAGroupIsRecordedUnderTheNamesOfTheKernel() throws Exception {
        core.addHandler(
                group -> {
                    clock.addAndGet(Duration.ofMillis(3).toNanos());
                    group.respond(ResponseCode.SUCCESS);
                    return Disposition.TAKEN;
                },
                "com.example/7",
                7,
                0,
                true,
                Set.of(KIND));
        Device device = device("jfr0");

        List<RecordedEvent> events = recorded(() -> {
            partial(device, 5, 0x1000);
            report(device, request(PageRequest.LAST_PAGE, PASID, 5, 0x2000));
        });

        assertThat(names(events)).containsExactly("Request", "Request", "Group", "Response", "Handler");
        assertThat(events)
                .allMatch(event -> event.getString("iommu").equals("unit0")
                        && event.getString("dev").equals("jfr0")
                        && event.getInt("pasid") == PASID
                        && event.getInt("grpid") == 5);
        assertThat(events.get(0).getLong("addr")).isEqualTo(0x1000);
        assertThat(events.get(0).getInt("perm")).isEqualTo(1);
        assertThat(events.get(0).getInt("flags")).isEqualTo(0b101);
        assertThat(events.get(1).getInt("flags")).isEqualTo(0b111);
        assertThat(events.get(2).getInt("requests")).isEqualTo(2);
        assertThat(events.get(2).getString("domain")).isEqualTo("pasid of jfr0");
        assertThat(events.get(3).getString("code")).isEqualTo("SUCCESS");
        assertThat(events.get(3).getDuration("latency")).isEqualTo(Duration.ofMillis(3));
        assertThat(events.get(4).getString("handler")).isEqualTo("com.example/7");
        assertThat(events.get(4).getString("disposition")).isEqualTo("TAKEN");
    }

    @Test
    void whatGoesWrongIsRecorded() throws Exception {
        Keeper keeper = new Keeper();
        Device device = device("jfr1");

        List<RecordedEvent> events = recorded(() -> {
            long late = register(0, keeper);
            last(device, 1);
            pass(Duration.ofSeconds(11));
            core.removeHandler(late);
            long leaving = register(0, keeper);
            last(device, 2);
            core.removeHandler(leaving);
            pass(Duration.ofSeconds(2));
            register(0, keeper);
            for (int group = 3; group < 40; group++) {
                last(device, group);
            }
            queue.discardPartials();
        });

        assertThat(names(events)).contains("Deadline", "Recall", "Bound", "Overflow");
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.pgfault.Deadline"))
                .singleElement()
                .matches(event -> event.getInt("grpid") == 1);
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.pgfault.Recall"))
                .singleElement()
                .matches(event ->
                        event.getInt("grpid") == 2 && event.getString("handler").contains("Keeper/"));
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.pgfault.Bound"))
                .isNotEmpty()
                .allMatch(event -> event.getString("bound").equals("PENDING_LIMIT"));
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("io.pgfault.Overflow"))
                .singleElement()
                .matches(event -> event.getString("iommu").equals("unit0"));
    }

    @Test
    void withoutARecordingNothingIsRecorded() throws Exception {
        register(0, answering(ResponseCode.SUCCESS));
        Device device = device("jfr2");
        last(device, 1);

        assertThat(recorded(() -> {})).isEmpty();
    }
}
