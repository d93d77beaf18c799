// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.smmuv3.spec.Command;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Those who watch responses. Adding and removing on any thread; {@link #consumed} by one thread at a time. */
final class Taps {
    private static final System.Logger LOG = System.getLogger(Taps.class.getName());

    private final ByteBuffer record = ByteBuffer.allocateDirect(Command.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private volatile ResponseTap[] taps = {};

    synchronized AutoCloseable add(ResponseTap tap) {
        ResponseTap[] more = Arrays.copyOf(taps, taps.length + 1);
        more[taps.length] = tap;
        taps = more;
        return () -> remove(tap);
    }

    private synchronized void remove(ResponseTap tap) {
        int index = Arrays.asList(taps).indexOf(tap);
        if (index >= 0) {
            ResponseTap[] fewer = Arrays.copyOf(taps, taps.length - 1);
            System.arraycopy(taps, index + 1, fewer, index, fewer.length - index);
            taps = fewer;
        }
    }

    void consumed(long word0, long word1, ResponseCode code) {
        for (ResponseTap tap : taps) {
            record.clear()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(word0)
                    .putLong(word1)
                    .flip();
            try {
                tap.consumed(record, code);
            } catch (RuntimeException e) {
                LOG.log(
                        Level.ERROR,
                        "A response tap threw at " + new Command(word0, word1) + "; taps must not throw",
                        e);
            }
        }
    }
}
