// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.Errno;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.parts.Doorbell;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.Taps;
import io.pgfault.parts.UnitLogger;
import io.pgfault.userfault.spec.FaultRecord;
import io.pgfault.userfault.spec.ResponseRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The fault queue's descriptor: the event thread reads groups from it, any thread writes responses to it.
 *
 * <p>Reads and writes exclude each other by the lock {@code io}, because the kernel assigns cookies during a read (see
 * {@link Responses}). A thread that has a response leaves it in {@link Responses} and rings the {@link Doorbell}: the
 * ringing thread writes the responses of all threads, many in one system call. The event thread rings once for a batch.
 *
 * <p>The kernel stops at the first response of a batch that it doesn't know ({@code EINVAL}). After a detach that is
 * normal, because the kernel has answered INVALID itself. The ringing thread skips that response and writes the others.
 * A response that the kernel doesn't take now ({@code EAGAIN}) stays; the event thread tries again. No method allocates
 * for a request or a response.
 */
public final class FaultDescriptor {
    private static final int FIRST_RECORDS = 1024;
    /** The core's bound of requests in one group; {@code partials.per.device} may be no larger. */
    private static final int MOST_RECORDS = 1 << 16;

    private static final int BATCH = 512;

    private final String unit;
    private final SystemCalls calls;
    private final int descriptor;
    private final Taps<ResponseTap, ResponseCode> taps;
    private final WakeUp wakeUp;
    private final Responses responses = new Responses();
    private final RateLimitedLog log;
    private final Doorbell doorbell = new Doorbell(this::writeWaiting);
    /**
     * Held by a thread that reads or writes the descriptor. Guards {@code batch}, {@code at}, {@code end},
     * {@code closed}.
     */
    private final ReentrantLock io = new ReentrantLock();

    private final ByteBuffer batch = buffer(BATCH * ResponseRecord.SIZE);
    private final ByteBuffer shown = batch.asReadOnlyBuffer();
    private final ByteBuffer refusal = buffer(ResponseRecord.SIZE);
    /** The count of responses that the kernel refused. Written under {@code io}, read by any thread. */
    private final AtomicLong late = new AtomicLong();
    /** The bytes of {@code batch} from {@code at} to {@code end} are not written yet. */
    private int at;

    private int end;
    /** Whether the kernel took no response at the last try. Written under {@code io}, read by the event thread. */
    private volatile boolean stalled;

    /** Whether {@link #close} was called. Written and read under {@code io}. */
    private boolean closed;
    /** The records of the last read. Only the event thread reads and writes this field and the next. */
    private ByteBuffer records = buffer(FIRST_RECORDS * FaultRecord.SIZE);

    private long[] tokens = new long[FIRST_RECORDS];

    /** @param wakeUp has the event thread call {@link #flush} when the kernel took no response */
    public FaultDescriptor(
            String unit, SystemCalls calls, int descriptor, Taps<ResponseTap, ResponseCode> taps, WakeUp wakeUp) {
        this.unit = unit;
        this.log = new RateLimitedLog(UnitLogger.of(unit));
        this.calls = calls;
        this.descriptor = descriptor;
        this.taps = taps;
        this.wakeUp = wakeUp;
    }

    /**
     * Reads whole groups; event thread.
     *
     * @return the count of records in {@link #records}; 0 if the queue is empty, if its first group doesn't fit, or if
     *     a response waits, because the response must reach the kernel before the kernel reuses the cookie
     */
    public int read() throws CallFailed {
        io.lock();
        try {
            write();
            if (closed || at < end) {
                return 0;
            }
            int count = readRecords() / FaultRecord.SIZE;
            for (int i = 0; i < count; i++) {
                boolean follows = i > 0 && !isLast(i - 1) && cookie(i) == cookie(i - 1);
                tokens[i] = follows ? tokens[i - 1] : admit(cookie(i));
            }
            return count;
        } finally {
            io.unlock();
        }
    }

    private int readRecords() throws CallFailed {
        while (true) {
            try {
                return calls.read(descriptor, records, records.capacity());
            } catch (CallFailed e) {
                if (e.errno() == Errno.EAGAIN) {
                    return 0;
                }
                // EINVAL: the first group doesn't fit the buffer, and groups come whole.
                if (e.errno() != Errno.EINVAL || !grow()) {
                    throw e;
                }
            }
        }
    }

    /**
     * Doubles the room for a read; event thread.
     *
     * @return false if there is room for the largest possible group already
     */
    boolean grow() {
        if (tokens.length >= MOST_RECORDS) {
            return false;
        }
        tokens = new long[2 * tokens.length];
        records = buffer(tokens.length * FaultRecord.SIZE);
        return true;
    }

    private long admit(int cookie) {
        long token = responses.admit(cookie);
        if (token == Responses.NONE) {
            ResponseRecord.put(refusal, 0, cookie, ResponseRecord.INVALID);
            try {
                calls.write(descriptor, refusal, 0, ResponseRecord.SIZE);
            } catch (CallFailed e) {
                log.error(
                        () -> unit + ": cookie " + Integer.toUnsignedString(cookie)
                                + " is out of bounds, and its INVALID could not be written",
                        e);
            }
        }
        return token;
    }

    /** The records of the last read; event thread. */
    ByteBuffer records() {
        return records;
    }

    /** Whether record {@code i} of the last read closes its group. */
    boolean isLast(int i) {
        return (FaultRecord.flags(records, i * FaultRecord.SIZE) & FaultRecord.LAST_PAGE) != 0;
    }

    /** The cookie of record {@code i} of the last read. */
    int cookie(int i) {
        return FaultRecord.cookie(records, i * FaultRecord.SIZE);
    }

    /** The token of record {@code i} of the last read; {@link Responses#NONE} if its group has a response already. */
    public long token(int i) {
        return tokens[i];
    }

    /** Queues a response for {@link #flush}; false if the group has a response already. */
    public boolean answer(long token, int code) {
        return responses.answer(token, code);
    }

    /** Writes the waiting responses, or leaves them to the thread that is ringing now. */
    public void flush() {
        if (stalled || responses.waiting()) {
            doorbell.ring();
        }
    }

    /**
     * Writes the waiting responses as {@link #flush} does, and waits for the write of every response that was queued
     * before.
     *
     * @return false if the time was over first, or if the kernel takes no response now
     */
    public boolean settle(long timeoutNanos) {
        return doorbell.ringAndAwait(timeoutNanos) && !stalled;
    }

    /** Whether a response waits because the kernel took no response at the last try. */
    boolean isStalled() {
        return stalled;
    }

    private void writeWaiting() {
        io.lock();
        try {
            write();
        } finally {
            io.unlock();
        }
    }

    /** Writes the waiting responses. The caller holds {@code io}. */
    private void write() {
        boolean taken = true;
        while (taken && more()) {
            taken = closed || writeSome();
        }
        if (!taken && !stalled) {
            // Set before the wake-up: the event thread pauses while stalled is set, and calls flush after the pause.
            stalled = true;
            wakeUp.wake();
        } else if (taken) {
            stalled = false;
        }
    }

    /**
     * Whether {@code batch} holds unwritten bytes; fills the batch after its last byte. The caller holds {@code io}.
     */
    private boolean more() {
        if (at == end || closed) {
            at = 0;
            end = responses.take(batch);
            for (int i = 0; closed && i < end; i += ResponseRecord.SIZE) {
                responses.written(ResponseRecord.cookie(batch, i));
            }
        }
        return at < end;
    }

    /** Makes one system call; false if the kernel took no byte. The caller holds {@code io}. */
    private boolean writeSome() {
        int taken = ResponseRecord.SIZE;
        boolean wanted = true;
        try {
            taken = calls.write(descriptor, batch, at, end - at);
        } catch (CallFailed e) {
            if (e.errno() == Errno.EAGAIN) {
                return false;
            }
            wanted = false;
            late.incrementAndGet();
            if (e.errno() != Errno.EINVAL) {
                log.error(
                        () -> unit + ": a response could not be written to the fault queue; the kernel answers its"
                                + " group when the device is detached",
                        e);
            }
        }
        for (int to = at + taken; at < to; at += ResponseRecord.SIZE) {
            responses.written(ResponseRecord.cookie(batch, at));
            if (wanted) {
                taps.show(
                        shown,
                        at,
                        ResponseRecord.SIZE,
                        ResponseRecord.code(batch, at) == ResponseRecord.SUCCESS
                                ? ResponseCode.SUCCESS
                                : ResponseCode.INVALID);
            }
        }
        return taken > 0;
    }

    /** The count of responses to groups that the kernel had answered itself; a lower bound. Any thread. */
    long late() {
        return late.get() + responses.stale();
    }

    /** Writes the waiting responses. No thread uses the descriptor after the call, and the caller may close it. */
    public void close() {
        io.lock();
        try {
            write();
            closed = true;
        } finally {
            io.unlock();
        }
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
