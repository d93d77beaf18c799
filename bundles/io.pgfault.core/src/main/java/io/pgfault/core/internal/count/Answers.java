// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.count;

import io.pgfault.api.ResponseCode;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How a device's groups were answered, by {@link Answerers} and code: one atomic addition for each group. Any thread.
 */
public final class Answers {
    private static final int CODES = ResponseCode.values().length;

    private final AtomicLongArray counts = new AtomicLongArray(Answerers.PLACES * CODES);

    /** A group has been answered by the handlers of this place. */
    public void count(int place, ResponseCode code) {
        counts.incrementAndGet(index(place, code));
    }

    /** How many groups the handlers of this place have answered with the code. */
    public long get(int place, ResponseCode code) {
        return counts.get(index(place, code));
    }

    private static int index(int place, ResponseCode code) {
        return place * CODES + code.value();
    }
}
