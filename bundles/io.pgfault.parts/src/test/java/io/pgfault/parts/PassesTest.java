// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PassesTest {
    private static final long LONG = TimeUnit.SECONDS.toNanos(30);

    private final AtomicInteger requests = new AtomicInteger();
    private final Passes passes = new Passes(requests::incrementAndGet);

    @Test
    void await_returnsAfterAPassThatBeganLater() throws Exception {
        passes.begin();
        CompletableFuture<Boolean> waiting = waiting();
        passes.end();
        passes.begin();
        assertThat(waiting).isNotDone();
        passes.end();
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void over_endsEveryWait() throws Exception {
        CompletableFuture<Boolean> waiting = waiting();
        passes.over();
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(passes.await(LONG)).isTrue();
        assertThat(passes.isOver()).isTrue();
    }

    @Test
    void await_saysWhenTheTimeIsOver() throws Exception {
        assertThat(passes.await(1_000)).isFalse();
        assertThat(requests).hasValue(1);
    }

    private CompletableFuture<Boolean> waiting() {
        int before = requests.get();
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return passes.await(LONG);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(() -> requests.get() > before);
        return waiting;
    }
}
