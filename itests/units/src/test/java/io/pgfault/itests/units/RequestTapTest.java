// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.bus.RecordRing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tap of requests is shown what the hardware wrote, in the order of the queue, and nothing else. */
class RequestTapTest {
    private static final int RECORDS = 20_000;

    @ParameterizedTest
    @CsvSource({"VTD_PRI, prq", "SMMUV3_STALL, evtq", "SMMUV3_PRI, priq"})
    void c21_tapOfRequests_seesWhatWasWritten_whateverAnotherTapThrows(Way way, String format) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> shown = new ArrayList<>();
        List<String> written = new ArrayList<>();
        try (StartedCore core = new StartedCore(Duration.ofSeconds(30));
                RunningUnit running = way.open(core.faults(), "unit0")) {
            RecordRing ring = running.unit().ring(format).orElseThrow();
            byte[] bytes = new byte[ring.recordSize()];
            AutoCloseable failing = running.unit()
                    .tapRequests((queue, record) -> {
                        throw new NoClassDefFoundError("a tap that fails");
                    })
                    .orElseThrow();
            AutoCloseable tap = running.unit()
                    .tapRequests((queue, record) -> shown.add(queue + hex(record)))
                    .orElseThrow();
            for (int i = 0; i < RECORDS; i++) {
                random.nextBytes(bytes);
                if (ring.post(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN))) {
                    written.add(format + HexFormat.of().formatHex(bytes));
                }
            }
            running.unit().drain();
            tap.close();
            failing.close();
            assertThat(ring.offer(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)))
                    .isTrue();
        }
        assertThat(shown).as("seed %d", seed).isNotEmpty().containsExactlyElementsOf(written);
    }

    private static String hex(ByteBuffer record) {
        assertThat(record.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        byte[] bytes = new byte[record.remaining()];
        record.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
