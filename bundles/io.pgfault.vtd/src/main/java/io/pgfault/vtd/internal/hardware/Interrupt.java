// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

/** Where the hardware's event messages arrive: a memory write of {@code data} to {@code address}, as programmed. */
@FunctionalInterface
public interface Interrupt {
    /**
     * An event message (VT-d 4.1 §7.5, §11.4). The thread that caused the event calls this method and holds no lock of
     * the hardware. The driver doesn't block here.
     *
     * @param address the address that software has programmed into PEADDR and PEUADDR
     * @param data the data that software has programmed into PEDATA
     */
    void message(long address, int data);
}
