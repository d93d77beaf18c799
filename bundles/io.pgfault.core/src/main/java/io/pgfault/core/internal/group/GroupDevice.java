// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.ResponseCode;
import io.pgfault.core.internal.work.Work;

/** The device of a group, in the fault queue that it was in when the group closed. Any thread. */
public interface GroupDevice {
    /** The device. */
    Device device();

    /**
     * Sends the response of a group to the device, and then has the group leave the pending ones. The one thread that
     * answers the group calls this method.
     *
     * @param why what to count before the response is out, beside the response; {@code null} for nothing
     * @param answerer the answering handler's place, or the core's, of {@link io.pgfault.core.internal.count.Answerers}
     */
    void send(IopfGroup group, ResponseCode code, Counter why, int answerer);

    /** Has the workers do something; false if they have no room. */
    boolean enqueue(Work work);

    /** Counts for the device. */
    void count(Counter counter);

    /** Logs what happened to a group, at a limited rate. */
    void warn(String what, IopfGroup group, Throwable cause);
}
