// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

/** An interrupt line from the hardware to the driver. */
@FunctionalInterface
public interface Interrupt {
    /** The hardware raises it on any thread and holds a queue's lock: the receiver may wake a thread and do no more. */
    void raise();
}
