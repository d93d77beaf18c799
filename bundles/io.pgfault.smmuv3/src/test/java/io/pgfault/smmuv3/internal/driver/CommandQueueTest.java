// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.ResponseCode;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.internal.hardware.Hardware;
import io.pgfault.smmuv3.internal.hardware.Memory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands from driver to hardware, bad ones included. */
@Timeout(60)
class CommandQueueTest {
    private static final long TIMEOUT = TimeUnit.SECONDS.toNanos(10);
    private static final long PRI_RESP = 0x0000_0005_0000_0041L;
    private static final long SUCCESS = 0x2000;

    private final Memory memory = new Memory(new Sizes(1, 1, 2, 1));
    private final Hardware hardware = new Hardware(memory, 1, () -> {});
    private final CommandQueue commands = new CommandQueue("smmu3.7", hardware, memory);
    private final List<Long> consumed = new ArrayList<>();

    CommandQueueTest() {
        hardware.tap((record, code) -> {
            assertThat(code).isEqualTo(ResponseCode.SUCCESS);
            consumed.add(record.getLong(8) & 0x1ff);
        });
    }

    @Test
    void insertedCommandsWaitForTheRing() {
        commands.insert(PRI_RESP, SUCCESS | 1);
        commands.insert(PRI_RESP, SUCCESS | 2);
        assertThat(consumed).isEmpty();
        commands.ring();
        assertThat(consumed).containsExactly(1L, 2L);
    }

    @Test
    void aFullQueueIsRungByWhoNeedsRoom() {
        for (int i = 0; i < 100; i++) {
            commands.insert(PRI_RESP, SUCCESS | i);
        }
        commands.ring();
        assertThat(consumed).isEqualTo(LongStream.range(0, 100).boxed().toList());
    }

    @Test
    void badCommandsAreSkippedAndWorkGoesOn() throws Exception {
        for (int i = 0; i < 50; i++) {
            commands.insert(0xff, 0xdead);
            commands.send(PRI_RESP, SUCCESS | i);
            commands.send(0x00, 0);
        }
        assertThat(commands.sync(TIMEOUT)).isTrue();
        assertThat(consumed).isEqualTo(LongStream.range(0, 50).boxed().toList());
        assertThat(hardware.read(0x60)).isEqualTo(hardware.read(0x64));
    }

    @Test
    void everyThreadsCommandsAreCarriedOutOnceAndInItsOrder() throws Exception {
        int each = 20_000;
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(thread -> new Thread(() -> {
                    for (int i = 0; i < each; i++) {
                        if (i % 1000 == 0) {
                            commands.insert(0xee, 0);
                        }
                        commands.send(PRI_RESP, SUCCESS | thread << 7 | (i & 0x7f));
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(commands.sync(TIMEOUT)).isTrue();

        for (int thread = 0; thread < 4; thread++) {
            long mine = thread;
            assertThat(consumed.stream().filter(group -> group >> 7 == mine).map(group -> group & 0x7f))
                    .containsExactlyElementsOf(
                            LongStream.range(0, each).map(i -> i & 0x7f).boxed().toList());
        }
    }

    /** A CMD_SYNC says that every command before it has been carried out, its call of the device included (4.6.4). */
    @Test
    void aSyncDoesNotCompleteWhileAnEarlierCommandIsCarriedOut() throws Exception {
        List<Integer> signalledWithin = new ArrayList<>();
        memory.streams().add(new io.pgfault.smmuv3.internal.hardware.AttachedDevice(5, new io.pgfault.api.bus.Downstream() {
            @Override
            public void pageGroupResponse(int pasid, int prgIndex, int code) {
                // Another thread asks for a barrier; this thread then makes the hardware go on.
                commands.insert(io.pgfault.smmuv3.spec.Command.sync0(1, 77), 0x1000);
                commands.ring();
                signalledWithin.add(memory.syncWord());
            }

            @Override
            public void resume(int transaction, boolean retry) {}

            @Override
            public void invalidate(int pasid, long first, long last) {}

            @Override
            public void disconnected() {}
        }));

        commands.send(PRI_RESP, SUCCESS | 1);

        assertThat(signalledWithin).containsExactly(0);
        assertThat(memory.syncWord()).isEqualTo(77);
    }
}
