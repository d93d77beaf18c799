// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.bus.RequestTap;
import io.pgfault.parts.Taps;
import io.pgfault.vtd.spec.PageGroupResponseDescriptor;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import io.pgfault.vtd.spec.Registers;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The page request queue (VT-d 4.1 §7.5): takes page request messages, writes them into the ring that
 * software has given it, and raises the page request event.
 *
 * <p>A message goes to the tail if there is room and no overflow is flagged, sets PPR, and raises the event if PPR was
 * clear (rule V01). Otherwise it is dropped, sets PRO, raises the event if neither was set, and is answered Success if
 * it was last, so that the endpoint tries again (rule V02). A dropped stop marker gets no answer: no device waits for
 * one.
 *
 * <p>The monitor of {@code lock} guards the ring and its registers. No thread calls out of this class while it holds
 * the lock, except to show a record to taps; reading a register takes no lock. Any thread.
 */
final class PageRequestQueue {
    private static final System.Logger LOG = System.getLogger(PageRequestQueue.class.getName());
    private static final int ENTRY = PageRequestDescriptor.SIZE;
    /** The name of this queue's records. */
    private static final String FORMAT = "prq";

    private final Taps<RequestTap, String> taps = new Taps<>(LOG, (tap, record, format) -> tap.written(format, record));
    private final Memory memory;
    private final PageRequestEvent event;
    private final DeviceTable devices;
    private final Object lock = new Object();
    private ByteBuffer ring;
    /** What taps are shown of {@link #ring}; guarded by {@link #lock}. */
    private ByteBuffer view;

    private volatile long address;
    private volatile int head;
    private volatile int tail;
    private volatile int status;

    PageRequestQueue(Memory memory, PageRequestEvent event, DeviceTable devices) {
        this.memory = memory;
        this.event = event;
        this.devices = devices;
    }

    /** Shows {@code tap} each descriptor that is written into the ring, until the result is closed. */
    AutoCloseable tap(RequestTap tap) {
        return taps.add(tap);
    }

    /** A page request message arrives; returns false if it was dropped. */
    boolean post(long word0, long word1, long word2, long word3) {
        boolean stored;
        boolean send;
        synchronized (lock) {
            stored = hasRoom();
            if (stored) {
                send = store(word0, word1, word2, word3);
            } else {
                send = status == 0 && event.raise();
                status = status | Registers.PRS_PRO;
            }
        }
        if (send) {
            event.send();
        }
        if (!stored && PageRequestDescriptor.last(word1) && !PageRequestDescriptor.isStopMarker(word1)) {
            devices.respond(
                    PageRequestDescriptor.requesterId(word0),
                    PageRequestDescriptor.pasidOrNone(word0),
                    PageRequestDescriptor.prgIndex(word1),
                    PageGroupResponseDescriptor.SUCCESS);
        }
        return stored;
    }

    /** Like {@link #post}, but without room nothing happens. */
    boolean offer(long word0, long word1, long word2, long word3) {
        boolean send;
        synchronized (lock) {
            if (!hasRoom()) {
                return false;
            }
            send = store(word0, word1, word2, word3);
        }
        if (send) {
            event.send();
        }
        return true;
    }

    /** Waits until there is room, the queue is taken out of use, or the time is up; returns whether there is room. */
    boolean awaitRoom(long timeoutNanos) throws InterruptedException {
        long end = System.nanoTime() + timeoutNanos;
        synchronized (lock) {
            while (!hasRoom()) {
                long left = end - System.nanoTime();
                if (left <= 0 || ring == null) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            }
            return true;
        }
    }

    /** Returns when every message that arrived before the call is in the ring (page-request drain). */
    void drain() {
        synchronized (lock) {
            // A thread that brings a message releases the lock when the message is in the ring or dropped.
        }
    }

    /** {@link Registers#PQH}. */
    int head() {
        return head;
    }

    /** Writes {@link Registers#PQH}: software has read up to there. */
    void head(long value) {
        synchronized (lock) {
            head = ring == null ? 0 : offset(value);
            lock.notifyAll();
        }
    }

    /** {@link Registers#PQT}. */
    int tail() {
        return tail;
    }

    /** Writes {@link Registers#PQT}; software does it once, to begin with an empty ring. */
    void tail(long value) {
        synchronized (lock) {
            tail = ring == null ? 0 : offset(value);
        }
    }

    /** {@link Registers#PQA}. */
    long address() {
        return address;
    }

    /** Writes {@link Registers#PQA}; zero takes the queue out of use. Head and tail begin at 0. */
    void address(long value) {
        ByteBuffer bytes = value == 0
                ? null
                : memory.at(value & Registers.BASE, Registers.ringBytes((int) value & Registers.SIZE_MAX));
        synchronized (lock) {
            address = value;
            ring = bytes;
            view = bytes == null ? null : bytes.asReadOnlyBuffer();
            head = 0;
            tail = 0;
            lock.notifyAll();
        }
    }

    /** {@link Registers#PRS}. */
    int status() {
        return status;
    }

    /** Writes {@link Registers#PRS}: ones clear. */
    void status(int value) {
        synchronized (lock) {
            status = status & ~value;
            if (status == 0) {
                event.serviced();
            }
            if ((value & Registers.PRS_PRO) != 0) {
                lock.notifyAll();
            }
        }
    }

    private boolean hasRoom() {
        return ring != null && (status & Registers.PRS_PRO) == 0 && offset(tail + ENTRY) != head;
    }

    private boolean store(long word0, long word1, long word2, long word3) {
        PageRequestDescriptor.encode(ring, tail, word0, word1, word2, word3);
        if (!taps.isEmpty()) {
            taps.show(view, tail, ENTRY, FORMAT);
        }
        tail = offset(tail + ENTRY);
        if ((status & Registers.PRS_PPR) != 0) {
            return false;
        }
        boolean send = event.raise();
        status = status | Registers.PRS_PPR;
        return send;
    }

    private int offset(long value) {
        return (int) value & (ring.capacity() - ENTRY);
    }
}
