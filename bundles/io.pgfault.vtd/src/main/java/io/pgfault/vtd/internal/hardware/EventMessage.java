// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.vtd.spec.Registers;

/**
 * The page request event's registers: control, data, address and upper address. An event that is raised while masked
 * stays pending and is delivered on unmask, unless software has serviced its cause by then.
 *
 * <p>Methods that return true oblige their caller to call {@link #send} once it holds no lock.
 */
final class EventMessage {
    private final EventLine line;
    private boolean masked = true;
    private boolean pending;
    private int data;
    private int address;
    private int upperAddress;

    EventMessage(EventLine line) {
        this.line = line;
    }

    /** The event's cause has come up; returns whether to send the message now. */
    synchronized boolean raise() {
        pending = masked;
        return !masked;
    }

    /** The event's cause is gone. */
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
