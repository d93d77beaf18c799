// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.api.ResponseCode;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.Errno;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.userfault.spec.FaultRecord;
import io.pgfault.userfault.spec.ResponseRecord;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The fault queue's descriptor: groups are read from it, answers are written to it.
 *
 * <p>Reading and writing exclude each other, because cookies are given away while the kernel is read from (see {@link
 * Answers}). Whoever has an answer leaves it and writes all that wait, unless somebody is reading or writing just then, who
 * does it afterwards: so answers of several threads go in one call. The event thread leaves all of a batch's answers until
 * its end.
 *
 * <p>A batch of answers stops at the first that the kernel does not know. After a detach that is normal: the kernel has
 * answered INVALID itself. It is skipped and the rest is written. Nothing here allocates for a request or an answer.
 */
final class FaultDescriptor {
    private static final Logger LOG = System.getLogger(FaultDescriptor.class.getName());
    private static final int FIRST_RECORDS = 1024;
    private static final int MOST_RECORDS = 1 << 16;
    private static final int BATCH = 512;

    private final String unit;
    private final SystemCalls calls;
    private final int descriptor;
    private final Taps taps;
    private final Answers answers = new Answers();
    private final ReentrantLock io = new ReentrantLock();
    private final ByteBuffer batch = buffer(BATCH * ResponseRecord.SIZE);
    private final AtomicLong late = new AtomicLong();
    private ByteBuffer records = buffer(FIRST_RECORDS * FaultRecord.SIZE);
    private long[] tokens = new long[FIRST_RECORDS];
    private boolean closed;

    FaultDescriptor(String unit, SystemCalls calls, int descriptor, Taps taps) {
        this.unit = unit;
        this.calls = calls;
        this.descriptor = descriptor;
        this.taps = taps;
    }

    /**
     * Reads whole groups; event thread.
     *
     * @return how many records there are in {@link #records}
     */
    int read() throws CallFailed {
        io.lock();
        try {
            if (closed) {
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
                boolean tooSmall = e.errno() == Errno.EINVAL && tokens.length < MOST_RECORDS;
                if (e.errno() == Errno.EAGAIN) {
                    return 0;
                }
                if (!tooSmall) {
                    throw e;
                }
                // A group that has more records than this has room for; groups come whole.
                tokens = new long[2 * tokens.length];
                records = buffer(tokens.length * FaultRecord.SIZE);
            }
        }
    }

    private long admit(int cookie) throws CallFailed {
        long token = answers.admit(cookie);
        if (token == Answers.NONE) {
            ResponseRecord.put(batch, 0, cookie, ResponseRecord.INVALID);
            writeAll(ResponseRecord.SIZE);
        }
        return token;
    }

    /** What was read last; event thread. */
    ByteBuffer records() {
        return records;
    }

    /** Whether record {@code i} of what was read last closes its group. */
    boolean isLast(int i) {
        return (FaultRecord.flags(records, i * FaultRecord.SIZE) & FaultRecord.LAST_PAGE) != 0;
    }

    /** The cookie of record {@code i} of what was read last. */
    int cookie(int i) {
        return FaultRecord.cookie(records, i * FaultRecord.SIZE);
    }

    /** The token of record {@code i} of what was read last; {@link Answers#NONE} if it has its answer already. */
    long token(int i) {
        return tokens[i];
    }

    /** Leaves an answer; {@link #flush} writes it. False if the group has been answered before. */
    boolean answer(long token, int code) {
        return answers.answer(token, code);
    }

    /** Writes what waits, or leaves it to the thread that is at it. */
    void flush() {
        // Looked at again after the lock is free: what came meanwhile was left to us.
        while (answers.waiting() && io.tryLock()) {
            try {
                writeWaiting();
            } catch (CallFailed e) {
                LOG.log(Level.ERROR, unit + ": answers could not be written to the fault queue", e);
            } finally {
                io.unlock();
            }
        }
    }

    /** Writes what waits; when this returns, all that was left before the call has been written. */
    void settle() {
        io.lock();
        try {
            writeWaiting();
        } catch (CallFailed e) {
            LOG.log(Level.ERROR, unit + ": answers could not be written to the fault queue", e);
        } finally {
            io.unlock();
        }
        flush();
    }

    private void writeWaiting() throws CallFailed {
        for (int length = answers.take(batch); length > 0; length = answers.take(batch)) {
            if (!closed) {
                writeAll(length);
            }
            for (int at = 0; at < length; at += ResponseRecord.SIZE) {
                answers.written(ResponseRecord.cookie(batch, at));
            }
        }
    }

    private void writeAll(int length) throws CallFailed {
        int done = 0;
        while (done < length) {
            try {
                int taken = calls.write(descriptor, batch, done, length - done);
                for (int at = done; at < done + taken; at += ResponseRecord.SIZE) {
                    taps.consumed(
                            batch,
                            at,
                            ResponseRecord.code(batch, at) == ResponseRecord.SUCCESS
                                    ? ResponseCode.SUCCESS
                                    : ResponseCode.INVALID);
                }
                done += taken;
            } catch (CallFailed e) {
                if (e.errno() != Errno.EINVAL) {
                    throw e;
                }
                late.incrementAndGet();
                done += ResponseRecord.SIZE;
            }
        }
    }

    /** How many answers came too late: the kernel had given its own. */
    long late() {
        return late.get() + answers.stale();
    }

    /** Writes what waits; from when this returns the descriptor is not used any more, and may be closed. */
    void close() throws CallFailed {
        io.lock();
        try {
            writeWaiting();
        } finally {
            closed = true;
            io.unlock();
        }
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
