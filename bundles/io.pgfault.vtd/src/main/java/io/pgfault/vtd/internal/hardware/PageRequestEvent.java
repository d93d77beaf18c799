// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.vtd.spec.Registers;

/**
 * The registers of the page request event: control, data, address and upper address (VT-d 4.1 §11.4). An event that is
 * raised while masked stays pending and is delivered on unmask, unless software has serviced its cause by then.
 *
 * <p>The monitor guards every register. A method that returns true obliges its caller to call {@link #send} when the
 * caller holds no lock.
 */
final class PageRequestEvent {
    /** The interrupt line. Set once, before software unmasks the event; the threads of devices read it. */
    private volatile Interrupt line = (address, data) -> {};

    private boolean masked = true;
    private boolean pending;
    private int data;
    private int address;
    private int upperAddress;

    /** Connects the interrupt line. */
    void line(Interrupt connected) {
        this.line = connected;
    }

    /** Raises the event; returns whether to send the message now. */
    synchronized boolean raise() {
        pending = masked;
        return !masked;
    }

    /** Software has serviced the cause of the event. */
    synchronized void serviced() {
        pending = false;
    }

    /** Writes {@link Registers#PECTL}; returns whether to send the message now. */
    synchronized boolean control(int value) {
        masked = (value & Registers.PECTL_IM) != 0;
        boolean send = pending && !masked;
        if (send) {
            pending = false;
        }
        return send;
    }

    synchronized int read(int offset) {
        return switch (offset) {
            case Registers.PECTL -> (masked ? Registers.PECTL_IM : 0) | (pending ? Registers.PECTL_IP : 0);
            case Registers.PEDATA -> data;
            case Registers.PEADDR -> address;
            default -> upperAddress;
        };
    }

    /** Writes {@link Registers#PEDATA}, {@link Registers#PEADDR} or {@link Registers#PEUADDR}. */
    synchronized void write(int offset, int value) {
        switch (offset) {
            case Registers.PEDATA -> data = value;
            case Registers.PEADDR -> address = value;
            default -> upperAddress = value;
        }
    }

    void send() {
        long to;
        int value;
        synchronized (this) {
            to = ((long) upperAddress << 32) | Integer.toUnsignedLong(address);
            value = data;
        }
        line.message(to, value);
    }
}
