// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The work of one device: first in, first out, whoever adds and takes at the same time (rule C17, and C16 needs it). */
class DeviceWorkTest extends CoreTest {
    private static final int PIECES = 3;
    private static final int TURNS = 1_000_000;

    /** Work that is added again and again, as a group is that one handler after the other declines. */
    private static final class Piece extends Work {
        private int turn;

        @Override
        void run() {
            throw new AssertionError("nobody runs it here");
        }
    }

    @Test
    @Timeout(60)
    void c17_workIsTakenInTheOrderInWhichItWasAdded() throws Exception {
        FaultParam param = FaultParam.of(probe("d"));
        DeviceWork work = new DeviceWork(param, (IopfQueue) queue, PIECES);
        AtomicBoolean inRing = new AtomicBoolean();
        Queue<Piece> pieces = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < PIECES; i++) {
            pieces.add(new Piece());
        }
        CompletableFuture<Void> adding = CompletableFuture.runAsync(
                () -> {
                    for (int turn = 0; turn < TURNS; turn++) {
                        add(work, param, next(pieces), turn, inRing);
                    }
                },
                task -> new Thread(task).start());

        for (int turn = 0; turn < TURNS; turn++) {
            while (!inRing.get()) {
                assertThat(adding.isCompletedExceptionally())
                        .as("adding failed")
                        .isFalse();
                Thread.onSpinWait();
            }
            Piece first = (Piece) work.first();
            if (first.turn != turn) {
                assertThat(first.turn).as("turn of the work that was taken").isEqualTo(turn);
            }
            inRing.set(false);
            if (work.take()) {
                inRing.set(true);
            }
            pieces.add(first);
        }
        adding.get(10, TimeUnit.SECONDS);
    }

    private static void add(DeviceWork work, FaultParam param, Piece piece, int turn, AtomicBoolean inRing) {
        piece.turn = turn;
        boolean ready;
        synchronized (param.lock()) {
            assertThat(work.full()).as("full with one piece in hand").isFalse();
            ready = work.add(piece);
        }
        if (ready) {
            inRing.set(true);
        }
    }

    private static Piece next(Queue<Piece> pieces) {
        Piece piece = pieces.poll();
        while (piece == null) {
            Thread.onSpinWait();
            piece = pieces.poll();
        }
        return piece;
    }
}
