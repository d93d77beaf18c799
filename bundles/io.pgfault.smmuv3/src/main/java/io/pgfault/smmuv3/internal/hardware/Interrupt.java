// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

/** An interrupt line. */
@FunctionalInterface
public interface Interrupt {
    /** Raised by the hardware on any thread, inside its locks: must only wake somebody up. */
    void raise();
}
