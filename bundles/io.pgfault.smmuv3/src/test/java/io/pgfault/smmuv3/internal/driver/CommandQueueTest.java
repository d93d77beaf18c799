// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.Hardware;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.spec.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
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
    private final CommandQueue commands = new CommandQueue("smmu3.7", hardware, memory, true);
    /** Groups of the consumed responses, in order. The ringing thread writes it; the test reads it after a barrier. */
    private final List<Long> consumed = new ArrayList<>();
    /** Codes of the consumed responses, in order; written and read as {@link #consumed}. */
    private final List<ResponseCode> codes = new ArrayList<>();

    CommandQueueTest() {
        hardware.tap((record, code) -> {
            consumed.add(record.getLong(record.position() + Long.BYTES) & 0x1ff);
            codes.add(code);
        });
    }

    /** A device with StreamID 5 that does something when it is answered. */
    private void device(IntConsumer answered) {
        memory.devices().add(new AttachedDevice(5, new Downstream() {
            @Override
            public void pageGroupResponse(int pasid, int prgIndex, int code) {
                answered.accept(prgIndex);
            }

            @Override
            public void resume(int transaction, boolean retry) {}

            @Override
            public void invalidate(int pasid, long first, long last) {}

            @Override
            public void disconnected() {}
        }));
    }

    private void assertConsumed(long count) {
        assertThat(consumed).isEqualTo(LongStream.range(0, count).boxed().toList());
        assertThat(codes).containsOnly(ResponseCode.SUCCESS);
    }

    /** A unit that writes no message for a CMD_SYNC: more rounds than the queue has slots, so that the index wraps. */
    @Test
    void t05_withoutMessages_aSyncWaitsForTheCommandsBefore() throws Exception {
        CommandQueue polling = new CommandQueue("smmu3.7", hardware, memory, false);
        for (int i = 0; i < 50; i++) {
            polling.insert(PRI_RESP, SUCCESS | i);
            assertThat(polling.sync(TIMEOUT)).isTrue();
            assertConsumed(i + 1);
        }
        assertThat(memory.syncWord()).isZero();
    }

    @Test
    void insertedCommandsWaitForTheRing() {
        commands.insert(PRI_RESP, SUCCESS);
        commands.insert(PRI_RESP, SUCCESS | 1);
        assertThat(consumed).isEmpty();
        commands.ring();
        assertConsumed(2);
    }

    @Test
    void aFullQueueIsRungByTheThreadThatNeedsRoom() {
        for (int i = 0; i < 100; i++) {
            commands.insert(PRI_RESP, SUCCESS | i);
        }
        commands.ring();
        assertConsumed(100);
    }

    @Test
    void offeringWritesWhatThereIsRoomForAndCallsNoDevice() {
        long[] words = new long[12];
        for (int i = 0; i < 6; i++) {
            words[2 * i] = PRI_RESP;
            words[2 * i + 1] = SUCCESS | i;
        }
        assertThat(commands.offer(words, 0, 6)).isEqualTo(4);
        assertThat(commands.offer(words, 4, 6)).isZero();
        assertThat(consumed).isEmpty();
        commands.makeRoom(0);
        assertThat(commands.offer(words, 4, 6)).isEqualTo(2);
        commands.ring();
        assertConsumed(6);
    }

    @Test
    void badCommandsAreSkippedAndWorkGoesOn() throws Exception {
        for (int i = 0; i < 50; i++) {
            commands.insert(0xff, 0xdead);
            commands.send(PRI_RESP, SUCCESS | i);
            commands.send(0x00, 0);
        }
        assertThat(commands.sync(TIMEOUT)).isTrue();
        assertConsumed(50);
        assertThat(hardware.read(0x60)).isEqualTo(hardware.read(0x64));
    }

    @Test
    void everyThreadsCommandsAreCarriedOutOnceAndInItsOrder() throws Exception {
        int each = 20_000;
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> senders = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                long mine = thread;
                senders.add(threads.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        if (i % 1000 == 0) {
                            commands.insert(0xee, 0);
                        }
                        commands.send(PRI_RESP, SUCCESS | mine << 7 | (i & 0x7f));
                    }
                }));
            }
            for (Future<?> sender : senders) {
                sender.get(50, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(commands.sync(TIMEOUT)).isTrue();

        assertThat(codes).hasSize(4 * each).containsOnly(ResponseCode.SUCCESS);
        for (int thread = 0; thread < 4; thread++) {
            long mine = thread;
            assertThat(consumed.stream().filter(group -> group >> 7 == mine).map(group -> group & 0x7f))
                    .containsExactlyElementsOf(
                            LongStream.range(0, each).map(i -> i & 0x7f).boxed().toList());
        }
    }

    /** Barriers of many threads arrive in the order of their numbers: each returns when its own commands are done. */
    @Test
    void barriersOfManyThreadsReturnWhenTheirOwnCommandsAreDone() throws Exception {
        java.util.concurrent.atomic.AtomicIntegerArray answered = new java.util.concurrent.atomic.AtomicIntegerArray(4);
        device(answered::getAndIncrement);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> callers = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                int mine = thread;
                callers.add(threads.submit(() -> {
                    for (int i = 1; i <= 2_000; i++) {
                        commands.send(PRI_RESP, SUCCESS | mine);
                        assertThat(commands.sync(TIMEOUT)).isTrue();
                        assertThat(answered.get(mine)).isEqualTo(i);
                    }
                    return null;
                }));
            }
            for (Future<?> caller : callers) {
                caller.get(50, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** A CMD_SYNC says that every earlier command has been executed, its call of a device included (§4.7.3). */
    @Test
    void aBarrierDoesNotCompleteWhileAnEarlierCommandIsExecuted() {
        List<Integer> signalledWithin = new ArrayList<>();
        device(prgIndex -> {
            // Another thread's barrier is in the queue, and this thread makes the hardware go on.
            commands.insert(Command.sync0(Command.SYNC_MSI, 77), Memory.SYNC_ADDRESS);
            commands.makeRoom(0);
            signalledWithin.add(memory.syncWord());
        });

        commands.send(PRI_RESP, SUCCESS | 1);

        assertThat(signalledWithin).containsExactly(0);
        assertThat(memory.syncWord()).isEqualTo(77);
    }

    @Test
    void aDeviceThatIsAnsweredMayMakeTheDriverInsertMoreThanTheQueueHolds() throws Exception {
        device(prgIndex -> {
            if (prgIndex == 0) {
                for (int i = 1; i < 50; i++) {
                    commands.send(PRI_RESP, SUCCESS | i);
                }
            }
        });

        commands.send(PRI_RESP, SUCCESS);

        assertThat(commands.sync(TIMEOUT)).isTrue();
        assertConsumed(50);
    }
}
