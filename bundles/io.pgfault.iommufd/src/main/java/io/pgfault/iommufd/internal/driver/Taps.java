// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.userfault.spec.ResponseRecord;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Those who watch the answers that the kernel took. {@link #consumed} is called by one thread at a time. */
public final class Taps {
    private static final Logger LOG = System.getLogger(Taps.class.getName());

    private final List<ResponseTap> taps = new CopyOnWriteArrayList<>();

    /** Adds one, until the result is closed. */
    public AutoCloseable add(ResponseTap tap) {
        taps.add(tap);
        return () -> taps.remove(tap);
    }

    void consumed(ByteBuffer batch, int at, ResponseCode code) {
        if (taps.isEmpty()) {
            return;
        }
        for (ResponseTap tap : taps) {
            ByteBuffer record =
                    batch.slice(at, ResponseRecord.SIZE).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
            try {
                tap.consumed(record, code);
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "A response tap threw; taps must not throw", e);
            }
        }
    }
}
