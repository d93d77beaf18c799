// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

/** Where the hardware's event messages arrive: a memory write of {@code data} to {@code address}, as programmed. */
@FunctionalInterface
public interface EventLine {
    /** An event. Called on the thread that caused it, without a lock of the hardware held; must not block. */
    void message(long address, int data);
}
