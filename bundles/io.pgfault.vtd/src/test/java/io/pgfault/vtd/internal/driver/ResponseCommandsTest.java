// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import static io.pgfault.vtd.internal.driver.DriverFixture.KNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.vtd.internal.RecordingDevice.Response;
import io.pgfault.vtd.spec.Registers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResponseCommandsTest {
    private final DriverFixture unit = new DriverFixture();

    @Test
    void v03_badDescriptors_areReportedAndSkippedAndWorkGoesOn() {
        List<String> logged = new CopyOnWriteArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                logged.add(new SimpleFormatter().formatMessage(entry));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(ResponseCommands.class.getName());
        logger.addHandler(handler);
        try {
            respond(1);
            unit.commands.submit(0xe, 0x1234, 0, 0);
            respond(2);
            unit.commands.submit(0x0310_0029L, 0, 0, 0);
            unit.commands.submit(0x0310_0009L, 1, 0, 0);
            respond(3);
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(answered()).containsExactly(1, 2, 3);
        assertThat(unit.hardware.read32(Registers.FSTS)).isZero();
        assertThat(logged)
                .isNotEmpty()
                .first()
                .asString()
                .contains("dmar0", "invalidation queue error", "000000000000000e", "0000000000001234");
    }

    @Test
    void v03_badDescriptorsWithinABatch_areSkippedToo() {
        unit.commands.beginBatch();
        respond(1);
        unit.commands.submit(0, 0, 0, 0);
        unit.commands.submit(1, 0, 0, 0);
        respond(2);
        assertThat(answered()).isEmpty();
        unit.commands.endBatch();
        assertThat(answered()).containsExactly(1, 2);
    }

    @Test
    void batchLargerThanTheQueue_isDeliveredInOrder() {
        unit.commands.beginBatch();
        for (int i = 0; i < 1000; i++) {
            respond(i & 0x1ff);
        }
        unit.commands.endBatch();
        assertThat(answered())
                .containsExactlyElementsOf(
                        IntStream.range(0, 1000).mapToObj(i -> i & 0x1ff).toList());
    }

    @Test
    void otherThreads_takeTheBatchAlong() throws InterruptedException {
        unit.commands.beginBatch();
        respond(1);
        Thread other = new Thread(() -> respond(2));
        other.start();
        other.join();
        assertThat(answered()).containsExactly(1, 2);
        unit.commands.endBatch();
        assertThat(answered()).containsExactly(1, 2);
    }

    @Test
    void manyThreads_loseAndDoubleNothing() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int base = t * 128;
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 2000; i++) {
                    respond(base + i % 128);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(unit.known.responses).hasSize(8000);
        for (int t = 0; t < 4; t++) {
            int base = t * 128;
            assertThat(answered().stream().filter(prg -> prg / 128 == base / 128))
                    .containsExactlyElementsOf(IntStream.range(0, 2000)
                            .mapToObj(i -> base + i % 128)
                            .toList());
        }
    }

    @Test
    void responseAfterTheQueueIsGone_isDropped() {
        unit.commands.disable();
        for (int i = 0; i < 1000; i++) {
            respond(1);
        }
        unit.commands.await(0);
        assertThat(unit.known.responses).isEmpty();
    }

    private void respond(int prgIndex) {
        unit.commands.respond(KNOWN, Pasid.NONE, prgIndex, 0, 0, 0);
    }

    private List<Integer> answered() {
        return unit.known.responses.stream().map(Response::prgIndex).toList();
    }
}
