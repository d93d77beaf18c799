// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.FaultQueue;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The feed of a replay waits for the core's bounds as it waits for the ring. */
class BoundedFeedTest implements Unit, RecordRing {
    private static final int BOUND = 3;
    private static final ByteBuffer RECORD = ByteBuffer.allocate(32);

    private final RecordRing feed = new BoundedFeed(this, BOUND).ring("prq").orElseThrow();
    private int inFlight;
    private int most;
    private int drains;

    @Test
    void c15_neverFeedsMoreThanTheBound_beforeTheUnitWasDrained() throws Exception {
        for (int record = 0; record < 100; record++) {
            if (!feed.offer(RECORD)) {
                assertThat(feed.awaitRoom(1)).isTrue();
                assertThat(feed.offer(RECORD)).isTrue();
            }
        }
        assertThat(most).isEqualTo(BOUND);
        assertThat(drains).isEqualTo(33);
    }

    @Test
    void overrunGoesThrough() {
        for (int record = 0; record < 10; record++) {
            assertThat(feed.post(RECORD)).isTrue();
        }
        assertThat(most).isEqualTo(10);
    }

    @Override
    public boolean offer(ByteBuffer record) {
        return post(record);
    }

    @Override
    public boolean post(ByteBuffer record) {
        most = Math.max(most, ++inFlight);
        return true;
    }

    @Override
    public boolean awaitRoom(long timeoutNanos) {
        return true;
    }

    @Override
    public void drain() {
        inFlight = 0;
        drains++;
    }

    @Override
    public int recordSize() {
        return RECORD.capacity();
    }

    @Override
    public Optional<RecordRing> ring(String format) {
        return Optional.of(this);
    }

    @Override
    public String name() {
        return "dmar0";
    }

    @Override
    public String kind() {
        return "vtd";
    }

    @Override
    public Upstream connect(String name, int id, Downstream downstream) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FaultQueue queue() {
        throw new UnsupportedOperationException();
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        return () -> {};
    }
}
