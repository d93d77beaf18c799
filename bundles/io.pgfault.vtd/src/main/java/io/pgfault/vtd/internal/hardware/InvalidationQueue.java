// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.parts.Taps;
import io.pgfault.vtd.internal.hardware.remap.Remapping;
import io.pgfault.vtd.spec.ContextCacheInvalidation;
import io.pgfault.vtd.spec.InvalidationDescriptor;
import io.pgfault.vtd.spec.IotlbInvalidation;
import io.pgfault.vtd.spec.PageGroupResponseDescriptor;
import io.pgfault.vtd.spec.PasidCacheInvalidation;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.WaitDescriptor;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The invalidation queue (VT-d 4.1 §6.5.2): executes descriptors in order, on the thread that writes the tail. A page
 * group response descriptor becomes a PRG response message (rule V03).
 *
 * <p>The head advances before a descriptor is executed. So a device that rings the doorbell within a message has the
 * descriptors behind executed at once, nested. A descriptor of unknown type, or with reserved bits or values, is not
 * fetched: the queue stops with its head there until software clears the error (VT-d 4.1 §6.5.2.10).
 *
 * <p>The monitor of {@code lock} guards the ring; the executing thread holds it, also while it calls devices. Reading a
 * register takes no lock.
 */
final class InvalidationQueue {
    private static final int ENTRY = InvalidationDescriptor.SIZE;

    private final Memory memory;
    private final PageRequestQueue requests;
    private final DeviceTable devices;
    private final Taps<ResponseTap, ResponseCode> taps;
    private final Remapping remapping;
    private final Object lock = new Object();
    private ByteBuffer ring;
    private ByteBuffer view;
    private volatile long address;
    /**
     * IQH. The executing thread writes it with release; any thread reads it. A reader may conclude only that a
     * descriptor has been fetched, not that it has been executed.
     */
    private final AtomicInteger head = new AtomicInteger();

    private volatile int tail;
    private volatile boolean error;

    InvalidationQueue(
            Memory memory,
            PageRequestQueue requests,
            DeviceTable devices,
            Taps<ResponseTap, ResponseCode> taps,
            Remapping remapping) {
        this.remapping = remapping;
        this.memory = memory;
        this.requests = requests;
        this.devices = devices;
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

    /** Software has replaced the descriptor at the head: the queue goes on with that descriptor. */
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
                case ContextCacheInvalidation.TYPE,
                        PasidCacheInvalidation.TYPE,
                        IotlbInvalidation.TYPE,
                        IotlbInvalidation.TYPE_PASID -> invalidate(at, word0, word1);
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
        devices.respond(
                PageGroupResponseDescriptor.requesterId(word0),
                PageGroupResponseDescriptor.pasidOrNone(word0),
                PageGroupResponseDescriptor.prgIndex(word1),
                wire);
    }

    /** A descriptor for the caches of the unit itself: executed at once (rule T05). */
    private void invalidate(int at, long word0, long word1) {
        int type = InvalidationDescriptor.type(word0);
        if (!isValid(type, word0, word1)
                || InvalidationDescriptor.word(ring, at, 2) != 0
                || InvalidationDescriptor.word(ring, at, 3) != 0) {
            error = true;
            return;
        }
        switch (type) {
            case ContextCacheInvalidation.TYPE -> remapping.invalidateContexts(word0);
            case PasidCacheInvalidation.TYPE -> remapping.invalidatePasids(word0);
            case IotlbInvalidation.TYPE -> remapping.invalidateTranslations(word0, word1);
            default -> remapping.invalidateTranslationsOfPasid(word0, word1);
        }
        advance(at);
    }

    private static boolean isValid(int type, long word0, long word1) {
        return switch (type) {
            case ContextCacheInvalidation.TYPE ->
                (word0 & ContextCacheInvalidation.RESERVED_0) == 0
                        && word1 == 0
                        && ContextCacheInvalidation.granularity(word0) != 0;
            case PasidCacheInvalidation.TYPE ->
                (word0 & PasidCacheInvalidation.RESERVED_0) == 0
                        && word1 == 0
                        && PasidCacheInvalidation.granularity(word0) != 2;
            case IotlbInvalidation.TYPE ->
                (word0 & IotlbInvalidation.RESERVED_0) == 0
                        && (word1 & IotlbInvalidation.RESERVED_1) == 0
                        && IotlbInvalidation.granularity(word0) != 0;
            default ->
                (word0 & IotlbInvalidation.RESERVED_0_PASID) == 0
                        && (word1 & IotlbInvalidation.RESERVED_1) == 0
                        && IotlbInvalidation.granularity(word0) >= IotlbInvalidation.ALL;
        };
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
        // Descriptors are executed one after the other, so the fence needs nothing.
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
