// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the responses that a unit's hardware consumes, and notes the time of the first response. The thread that rings
 * the unit's doorbell calls {@link #consumed}; any thread reads.
 */
public final class ResponseCount implements ResponseTap {
    /** Responses that the unit's hardware consumed, by code. */
    public record Responses(long success, long invalid, long failure) {
        public long of(ResponseCode code) {
            return switch (code) {
                case SUCCESS -> success;
                case INVALID -> invalid;
                case FAILURE -> failure;
            };
        }

        public long total() {
            return success + invalid + failure;
        }
    }

    private final Map<ResponseCode, LongAdder> counts = new EnumMap<>(ResponseCode.class);

    /**
     * The time of the first response, null before. Written by the thread that rings, read by the thread of the command.
     */
    private volatile Instant first;

    public ResponseCount() {
        for (ResponseCode code : ResponseCode.values()) {
            counts.put(code, new LongAdder());
        }
    }

    @Override
    public void consumed(ByteBuffer record, ResponseCode code) {
        counts.get(code).increment();
        if (first == null) {
            first = Instant.now();
        }
    }

    /** Returns the nanoseconds from the start of the JVM to the first response, 0 without a response. */
    public long firstAfterStartNanos() {
        Instant answered = first;
        Instant started =
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());
        return answered == null ? 0 : Duration.between(started, answered).toNanos();
    }

    public Responses responses() {
        return new Responses(
                counts.get(ResponseCode.SUCCESS).sum(),
                counts.get(ResponseCode.INVALID).sum(),
                counts.get(ResponseCode.FAILURE).sum());
    }
}
