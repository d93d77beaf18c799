// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.ResponseCode;
import io.pgfault.vtd.spec.InvalidationDescriptor;
import io.pgfault.vtd.spec.PageGroupResponseDescriptor;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.WaitDescriptor;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The invalidation queue (VT-d specification, chapter 6): executes descriptors in order, on the thread that writes the
 * tail. Page group responses become PRG response messages (rule V03).
 *
 * <p>A descriptor is fetched and the head advances before it is executed: a device model that rings the doorbell from
 * within a message has the following descriptors executed right there. A descriptor of unknown type, or with reserved
 * bits or values, is not fetched: the queue stops with its head there, until software clears the error.
 */
final class InvalidationQueue {
    private static final int ENTRY = InvalidationDescriptor.SIZE;

    private final HostMemory memory;
    private final PageRequestQueue requests;
    private final Functions functions;
    private final ResponseTaps taps;
    private final Object lock = new Object();
    private ByteBuffer ring;
    private ByteBuffer view;
    private volatile long address;
    /** Written by who executes, read by anybody; nothing is to be seen of a descriptor but that it has been fetched. */
    private final AtomicInteger head = new AtomicInteger();

    private volatile int tail;
    private volatile boolean error;

    InvalidationQueue(HostMemory memory, PageRequestQueue requests, Functions functions, ResponseTaps taps) {
        this.memory = memory;
        this.requests = requests;
        this.functions = functions;
        this.taps = taps;
    }

    /** {@link Registers#IQH}. */
    int head() {
        return head.get();
    }

    /** {@link Registers#IQT}. */
    int tail() {
        return tail;
    }

    /** Writes {@link Registers#IQT}: executes what is there up to the new tail. */
    void tail(long value) {
        synchronized (lock) {
            if (ring != null) {
                tail = offset(value);
                execute();
            }
        }
    }

    /** {@link Registers#IQA}. */
    long address() {
        return address;
    }

    /** Writes {@link Registers#IQA}; zero takes the queue out of use. Head and tail begin at 0. */
    void address(long value) {
        if (value != 0 && (value & Registers.IQA_DW) == 0) {
            throw new IllegalArgumentException(
                    "invalidation queue address 0x%x asks for 128-bit descriptors; set bit 11, page group responses have 256 bits"
                            .formatted(value));
        }
        ByteBuffer bytes = value == 0
                ? null
                : memory.at(value & Registers.BASE, Registers.ringBytes((int) value & Registers.SIZE_MAX));
        synchronized (lock) {
            address = value;
            ring = bytes;
            view = bytes == null ? null : bytes.asReadOnlyBuffer().order(bytes.order());
            head.set(0);
            tail = 0;
        }
    }

    /** Whether the queue has stopped at a bad descriptor. */
    boolean error() {
        return error;
    }

    /** Software has dealt with the descriptor at the head: the queue goes on with what is there now. */
    void clearError() {
        synchronized (lock) {
            error = false;
            if (ring != null) {
                execute();
            }
        }
    }

    private void execute() {
        while (!error && head.getPlain() != tail) {
            int at = head.getPlain();
            long word0 = InvalidationDescriptor.word(ring, at, 0);
            long word1 = InvalidationDescriptor.word(ring, at, 1);
            switch (InvalidationDescriptor.type(word0)) {
                case PageGroupResponseDescriptor.TYPE -> respond(at, word0, word1);
                case WaitDescriptor.TYPE -> await(at, word0, word1);
                default -> error = true;
            }
        }
    }

    private void respond(int at, long word0, long word1) {
        int wire = PageGroupResponseDescriptor.code(word0);
        ResponseCode code =
                switch (wire) {
                    case PageGroupResponseDescriptor.SUCCESS -> ResponseCode.SUCCESS;
                    case PageGroupResponseDescriptor.INVALID_REQUEST -> ResponseCode.INVALID;
                    case PageGroupResponseDescriptor.RESPONSE_FAILURE -> ResponseCode.FAILURE;
                    default -> null;
                };
        if (code == null
                || (word0 & PageGroupResponseDescriptor.RESERVED_0) != 0
                || (word1 & PageGroupResponseDescriptor.RESERVED_1) != 0) {
            error = true;
            return;
        }
        advance(at);
        if (!taps.isEmpty()) {
            taps.show(view, at, ENTRY, code);
        }
        functions.respond(
                PageGroupResponseDescriptor.requesterId(word0),
                PageGroupResponseDescriptor.pasidOrNone(word0),
                PageGroupResponseDescriptor.prgIndex(word1),
                wire);
    }

    private void await(int at, long word0, long word1) {
        if ((word0 & WaitDescriptor.RESERVED_0) != 0
                || (word1 & WaitDescriptor.RESERVED_1) != 0
                || InvalidationDescriptor.word(ring, at, 2) != 0
                || InvalidationDescriptor.word(ring, at, 3) != 0) {
            error = true;
            return;
        }
        advance(at);
        // Descriptors are executed one after the other, so everything before is complete and the fence needs nothing.
        if (WaitDescriptor.pageRequestDrain(word0)) {
            requests.drain();
        }
        if (WaitDescriptor.statusWrite(word0)) {
            VarHandle.releaseFence();
            memory.at(WaitDescriptor.statusAddress(word1), Integer.BYTES).putInt(0, WaitDescriptor.statusData(word0));
        }
    }

    private void advance(int at) {
        head.setRelease(offset(at + ENTRY));
    }

    private int offset(long value) {
        return (int) value & (ring.capacity() - ENTRY);
    }
}
