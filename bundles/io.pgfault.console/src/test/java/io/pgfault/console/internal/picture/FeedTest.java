// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FeedTest {
    private static final long HALF_SECOND = 500_000_000;

    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicLong clock = new AtomicLong(7 * HALF_SECOND);

    @Test
    void allReadersOfAHalfSecond_seeOnePicture() {
        Feed feed = new Feed(() -> "picture " + taken.incrementAndGet(), clock::get);
        assertThat(feed.now()).isEqualTo("picture 1");
        clock.addAndGet(HALF_SECOND - 1);
        assertThat(feed.now()).as("the same half second").isEqualTo("picture 1");
        clock.addAndGet(1);
        assertThat(feed.now()).isEqualTo("picture 2");
    }

    @Test
    void nobodyLooks_noPictureIsTaken() {
        new Feed(() -> "picture " + taken.incrementAndGet(), clock::get).close();
        assertThat(taken).hasValue(0);
    }

    @Test
    void aReader_getsTheNextPicture() throws InterruptedException {
        Feed feed = new Feed(() -> "picture " + taken.incrementAndGet(), System::nanoTime);
        String first = feed.now();
        assertThat(feed.next()).isPresent().get().isNotEqualTo(first);
    }

    @Test
    void aWaitingReader_leavesWhenTheFeedCloses() throws Exception {
        Feed feed = new Feed(() -> "picture", clock::get);
        CompletableFuture<Optional<String>> reader = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                reader.complete(feed.next());
            } catch (InterruptedException e) {
                reader.completeExceptionally(e);
            }
        });
        thread.start();
        feed.close();
        assertThat(reader.get(10, TimeUnit.SECONDS)).isEmpty();
        thread.join();
    }
}
