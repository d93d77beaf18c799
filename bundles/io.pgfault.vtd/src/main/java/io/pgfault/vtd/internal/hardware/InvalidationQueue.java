// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.parts.Taps;
import io.pgfault.vtd.internal.hardware.remap.CacheInvalidations;
import io.pgfault.vtd.spec.ContextCacheInvalidation;
import io.pgfault.vtd.spec.DeviceTlbInvalidation;
import io.pgfault.vtd.spec.InvalidationDescriptor;
import io.pgfault.vtd.spec.IotlbInvalidation;
import io.pgfault.vtd.spec.PageGroupResponseDescriptor;
import io.pgfault.vtd.spec.PasidCacheInvalidation;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.WaitDescriptor;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The invalidation queue (VT-d 4.1 §6.5.2): executes descriptors in order, on the thread that writes the tail. A page
 * group response descriptor becomes a PRG response message (rule V03).
 *
 * <p>The head advances before a descriptor is executed. So a device that rings the doorbell within a message has the
 * descriptors behind executed at once, nested. A descriptor of unknown type, or with reserved bits or values, is not
 * fetched: the queue stops with its head there until software clears the error (VT-d 4.1 §6.5.2.10).
 *
 * <p>The monitor of {@code lock} guards the ring; the executing thread holds it, also while it sends PRG responses.
 * Reading a register takes no lock. The executing thread sends the ATS invalidation requests of device-TLB descriptors
 * after it has released the monitor, because a device answers when its accesses have ended, and an access may wait for
 * a response that is behind in the queue. A wait descriptor behind such a request completes with the request; with a
 * fence the queue stops there until then (VT-d 4.1 §6.5.2.8).
 */
final class InvalidationQueue {
    private static final int ENTRY = InvalidationDescriptor.SIZE;

    private final Memory memory;
    private final PageRequestQueue requests;
    private final DeviceTable devices;
    private final Taps<ResponseTap, ResponseCode> taps;
    private final CacheInvalidations invalidations;
    private final Object lock = new Object();
    private ByteBuffer ring;
    private ByteBuffer view;
    private volatile long address;
    /** Whether descriptors are fetched. Written under {@code lock}; any thread reads it. */
    private volatile boolean enabled;
    /**
     * IQH. The executing thread writes it with release; any thread reads it. A reader may conclude only that a
     * descriptor has been fetched, not that it has been executed.
     */
    private final AtomicInteger head = new AtomicInteger();

    private volatile int tail;
    private volatile boolean error;
    /** Device-TLB descriptors whose requests no thread has begun to send: word 0, word 1. Guarded by {@code lock}. */
    private final Deque<long[]> unsent = new ArrayDeque<>();
    /** Wait descriptors that complete with the requests that are outstanding. Guarded by {@code lock}. */
    private final Deque<long[]> waits = new ArrayDeque<>();
    /** How many device-TLB descriptors are not complete. Guarded by {@code lock}. */
    private int outstanding;

    InvalidationQueue(
            Memory memory,
            PageRequestQueue requests,
            DeviceTable devices,
            Taps<ResponseTap, ResponseCode> taps,
            CacheInvalidations invalidations) {
        this.invalidations = invalidations;
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
        invalidateDevices();
    }

    /** Whether {@link Registers#GCMD_QIE} is set. */
    boolean isEnabled() {
        return enabled;
    }

    /** Writes {@link Registers#GCMD_QIE}: when it is cleared, the head goes to 0 (VT-d 4.1 §6.5.2). */
    void enable(boolean on) {
        synchronized (lock) {
            enabled = on;
            if (!on) {
                head.set(0);
            } else if (ring != null) {
                execute();
            }
        }
        invalidateDevices();
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
        invalidateDevices();
    }

    /**
     * Sends the invalidation requests that are due, each without the monitor, and completes what waits for them. A
     * thread that a device has called within a message leaves the requests to its outer call, which holds the monitor.
     */
    private void invalidateDevices() {
        if (Thread.holdsLock(lock)) {
            return;
        }
        for (long[] words = nextUnsent(); words != null; words = nextUnsent()) {
            send(words[0], words[1]);
            synchronized (lock) {
                outstanding--;
                while (outstanding == 0 && !waits.isEmpty()) {
                    long[] wait = waits.poll();
                    complete(wait[0], wait[1]);
                }
                if (ring != null) {
                    execute();
                }
            }
        }
    }

    private long[] nextUnsent() {
        synchronized (lock) {
            return unsent.poll();
        }
    }

    private void send(long word0, long word1) {
        boolean withPasid = InvalidationDescriptor.type(word0) == DeviceTlbInvalidation.TYPE_PASID;
        boolean size = (word1 & (withPasid ? DeviceTlbInvalidation.SIZE_PASID : DeviceTlbInvalidation.SIZE)) != 0;
        int requesterId = DeviceTlbInvalidation.requesterId(word0);
        long first = DeviceTlbInvalidation.first(word1, size);
        long last = DeviceTlbInvalidation.last(word1, size);
        if (withPasid && (word1 & DeviceTlbInvalidation.GLOBAL) != 0) {
            devices.invalidateAllPasids(requesterId, first, last);
        } else {
            devices.invalidate(requesterId, DeviceTlbInvalidation.pasidOrNone(word0), first, last);
        }
    }

    private void execute() {
        while (enabled && !error && head.getPlain() != tail) {
            int at = head.getPlain();
            if (isFenced(at)) {
                return;
            }
            long word0 = InvalidationDescriptor.word(ring, at, 0);
            long word1 = InvalidationDescriptor.word(ring, at, 1);
            switch (InvalidationDescriptor.type(word0)) {
                case PageGroupResponseDescriptor.TYPE -> respond(at, word0, word1);
                case WaitDescriptor.TYPE -> await(at, word0, word1);
                case ContextCacheInvalidation.TYPE,
                        PasidCacheInvalidation.TYPE,
                        IotlbInvalidation.TYPE,
                        IotlbInvalidation.TYPE_PASID -> invalidate(at, word0, word1);
                case DeviceTlbInvalidation.TYPE, DeviceTlbInvalidation.TYPE_PASID -> invalidateDevice(at, word0, word1);
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
            case ContextCacheInvalidation.TYPE -> invalidations.contexts(word0);
            case PasidCacheInvalidation.TYPE -> invalidations.pasids(word0);
            case IotlbInvalidation.TYPE -> invalidations.translations(word0, word1);
            default -> invalidations.translationsOfPasid(word0, word1);
        }
        advance(at);
    }

    /** Whether the queue stops at a descriptor: a fence that waits for devices. */
    private boolean isFenced(int at) {
        long word0 = InvalidationDescriptor.word(ring, at, 0);
        return outstanding > 0
                && InvalidationDescriptor.type(word0) == WaitDescriptor.TYPE
                && (word0 & WaitDescriptor.FENCE) != 0;
    }

    /** A descriptor for the cache of a device: sent when this thread has released the monitor. */
    private void invalidateDevice(int at, long word0, long word1) {
        boolean withPasid = InvalidationDescriptor.type(word0) == DeviceTlbInvalidation.TYPE_PASID;
        long reserved0 = withPasid ? 0 : DeviceTlbInvalidation.RESERVED_0;
        long reserved1 = withPasid ? DeviceTlbInvalidation.RESERVED_1_PASID : DeviceTlbInvalidation.RESERVED_1;
        if ((word0 & reserved0) != 0
                || (word1 & reserved1) != 0
                || InvalidationDescriptor.word(ring, at, 2) != 0
                || InvalidationDescriptor.word(ring, at, 3) != 0) {
            error = true;
            return;
        }
        advance(at);
        outstanding++;
        unsent.add(new long[] {word0, word1});
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
        if (outstanding > 0) {
            waits.add(new long[] {word0, word1});
        } else {
            complete(word0, word1);
        }
    }

    private void complete(long word0, long word1) {
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
