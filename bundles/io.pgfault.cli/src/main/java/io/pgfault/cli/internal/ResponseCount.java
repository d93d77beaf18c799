// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts the responses that a unit's hardware consumes. */
final class ResponseCount implements ResponseTap {
    private final Map<ResponseCode, LongAdder> counts = new EnumMap<>(ResponseCode.class);

    ResponseCount() {
        for (ResponseCode code : ResponseCode.values()) {
            counts.put(code, new LongAdder());
        }
    }

    @Override
    public void consumed(ByteBuffer record, ResponseCode code) {
        counts.get(code).increment();
    }

    Summary.Responses responses() {
        return new Summary.Responses(
                counts.get(ResponseCode.SUCCESS).sum(),
                counts.get(ResponseCode.INVALID).sum(),
                counts.get(ResponseCode.FAILURE).sum());
    }
}
