// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.core;

import io.pgfault.api.ResponseCode;
import io.pgfault.lab.TrialStopped;

/** Takes the groups of a trial's device to the handlers. The device's thread calls. */
public interface TrialCore extends AutoCloseable {
    /**
     * Resolves one group, and returns when the device may try again; the clock shows that time then.
     *
     * @throws TrialStopped if no answer can come in virtual time
     * @throws InterruptedException if the thread is interrupted
     */
    ResponseCode resolve(Requests requests) throws TrialStopped, InterruptedException;

    /** How long handlers were busy. */
    long handling();

    /** How many responses came after the first one of their group. */
    long refused();

    /** Ends the threads. */
    @Override
    void close();
}
