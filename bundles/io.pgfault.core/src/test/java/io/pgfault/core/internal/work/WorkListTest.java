// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The work of one device: first in, first out, each piece once, whichever threads add and take (rules C16, C17). */
class WorkListTest {
    private static final int PIECES = Boolean.getBoolean("soak") ? 1_000_000 : 250_000;
    private static final int DEPTH = 100;

    private final WorkList list = new WorkList(DEPTH);

    private record Piece(long number) implements Work {
        @Override
        public void run() {
            throw new AssertionError("no thread runs it here");
        }
    }

    @Test
    void c15_asManyPiecesWaitAsMay() {
        for (int i = 0; i < DEPTH; i++) {
            assertThat(list.full()).isFalse();
            list.add(new Piece(i));
        }
        assertThat(list.full()).isTrue();
        assertThat(list.take(new Work[16], 1)).isEqualTo(1);
        assertThat(list.full()).isFalse();
    }

    @Test
    void c17_piecesAreTakenInTheOrderInWhichTheyWereAddedAlsoWhenTheListGrows() {
        Random random = new Random(1);
        Work[] taken = new Work[16];
        long added = 0;
        long next = 0;
        while (added < 100_000) {
            for (int i = random.nextInt(20); i > 0 && !list.full(); i--) {
                list.add(new Piece(added++));
            }
            int n = list.take(taken, 1 + random.nextInt(16));
            for (int i = 0; i < n; i++) {
                assertThat(((Piece) taken[i]).number()).isEqualTo(next++);
            }
        }
    }

    /** One thread adds; owner and thief claim from chunks: each piece is claimed once. */
    @Test
    @Timeout(60)
    void c16_eachPieceIsClaimedOnceByOwnerOrThief() throws Exception {
        Chunk chunk = new Chunk();
        AtomicLong claimed = new AtomicLong();
        CompletableFuture<Void> adding = run(() -> {
            for (long i = 0; i < PIECES; ) {
                if (!list.full()) {
                    list.add(new Piece(i++));
                }
            }
        });
        List<Long> stolen = new ArrayList<>();
        CompletableFuture<Void> thief = run(() -> {
            while (claimed.get() < PIECES) {
                Work work = chunk.claim();
                if (work != null) {
                    stolen.add(((Piece) work).number());
                    claimed.incrementAndGet();
                }
            }
        });
        List<Long> own = new ArrayList<>();
        while (claimed.get() < PIECES) {
            Work work = chunk.claim();
            if (work == null) {
                chunk.fill(list, Chunk.MOST);
                continue;
            }
            own.add(((Piece) work).number());
            claimed.incrementAndGet();
        }
        adding.get(10, TimeUnit.SECONDS);
        thief.get(10, TimeUnit.SECONDS);

        assertThat(own).as("in order").isSorted();
        assertThat(stolen).as("in order").isSorted();
        boolean[] seen = new boolean[PIECES];
        own.forEach(number -> seen[number.intValue()] = true);
        stolen.forEach(number -> seen[number.intValue()] = true);
        int missing = 0;
        for (boolean was : seen) {
            missing += was ? 0 : 1;
        }
        assertThat(missing).as("pieces that no thread claimed").isZero();
        assertThat(own.size() + stolen.size()).as("claims").isEqualTo(PIECES);
    }

    private static CompletableFuture<Void> run(Runnable task) {
        return CompletableFuture.runAsync(task, runnable -> new Thread(runnable).start());
    }
}
