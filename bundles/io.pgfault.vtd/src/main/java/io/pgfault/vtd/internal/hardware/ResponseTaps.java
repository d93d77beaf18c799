// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Those who watch the responses that the hardware consumes. Any thread; showing allocates nothing. */
final class ResponseTaps {
    private static final Logger LOG = System.getLogger(ResponseTaps.class.getName());
    private static final Registration[] NONE = {};

    private volatile Registration[] registrations = NONE;

    AutoCloseable add(ResponseTap tap) {
        Registration registration = new Registration(tap);
        change(list -> list.add(registration));
        return registration;
    }

    /** Shows the response at {@code offset} of the ring; {@code view} is a read-only view of the ring to show it in. */
    void show(ByteBuffer view, int offset, int length, ResponseCode code) {
        for (Registration registration : registrations) {
            try {
                registration.tap.consumed(view.limit(offset + length).position(offset), code);
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "a response tap threw; it must handle its errors itself", e);
            }
        }
    }

    boolean isEmpty() {
        return registrations.length == 0;
    }

    private synchronized void change(Consumer<List<Registration>> change) {
        List<Registration> list = new ArrayList<>(List.of(registrations));
        change.accept(list);
        registrations = list.toArray(NONE);
    }

    /** One call of {@link #add}; closing it leaves other registrations of the same tap alone. */
    private final class Registration implements AutoCloseable {
        private final ResponseTap tap;

        Registration(ResponseTap tap) {
            this.tap = tap;
        }

        @Override
        public void close() {
            change(list -> list.remove(this));
        }
    }
}
