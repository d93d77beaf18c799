// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.userfault.spec.ResponseRecord;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The cookies of unanswered groups, and the responses that wait for a write.
 *
 * <p>The kernel uses the lowest free cookie again at once, so that a late or second response would reach another group.
 * Therefore a token names a group: the cookie and a generation, which counts the groups of the cookie. A cookie is
 * TAKEN from the read of its group, ANSWERED from the group's response, and FREE after the write of the response. If
 * the kernel passes a group with a cookie that is not FREE here, the kernel has answered the earlier group itself,
 * because it detached the device. The earlier group's token is stale from then on, and a thread that takes responses
 * drops its response. The lock {@code io} of {@link FaultDescriptor} keeps {@link #admit} apart from the sequence of
 * {@link #take}, write and {@link #written}. Any thread calls {@link #answer} at any time.
 *
 * <p>Cookies are small numbers, so that a cookie is an index of the arrays. A call allocates only if an array grows.
 */
final class Responses {
    /** Stands for "no token". */
    static final long NONE = -1;

    /** Cookies below this are accepted: the core's default bound for 16 devices. */
    static final int COOKIES = 1 << 20;

    private static final int START = 1024;
    private static final byte FREE = 0;
    private static final byte TAKEN = 1;
    private static final byte ANSWERED = 2;

    /** Guards all fields below. The event thread and the threads that respond take this lock. */
    private final Object lock = new Object();

    private int[] generations = new int[START];
    private byte[] states = new byte[START];
    private int[] codes = new int[START];

    /** A ring of the tokens of waiting responses, the oldest at {@code head}; its length is a power of two. */
    private long[] waiting = new long[START];

    private int head;
    private int count;
    private long stale;

    /**
     * Takes a cookie for a group that was read; returns the group's token, {@link #NONE} if the cookie is out of
     * bounds.
     */
    long admit(int cookie) {
        if (Integer.compareUnsigned(cookie, COOKIES) >= 0) {
            return NONE;
        }
        synchronized (lock) {
            if (cookie >= states.length) {
                grow(cookie);
            }
            if (states[cookie] == TAKEN) {
                stale++;
            }
            states[cookie] = TAKEN;
            generations[cookie]++;
            return token(cookie);
        }
    }

    /** Queues the response to a group; false if this unit or the kernel has answered the group. */
    boolean answer(long token, int code) {
        synchronized (lock) {
            int cookie = cookie(token);
            if (token == NONE || states[cookie] != TAKEN || token(cookie) != token) {
                return false;
            }
            states[cookie] = ANSWERED;
            codes[cookie] = code;
            if (count == waiting.length) {
                widen();
            }
            waiting[(head + count) & (waiting.length - 1)] = token;
            count++;
            return true;
        }
    }

    /** Whether responses wait. */
    boolean waiting() {
        synchronized (lock) {
            return count > 0;
        }
    }

    /** Moves the waiting responses with valid tokens to the start of {@code batch}; returns their length in bytes. */
    int take(ByteBuffer batch) {
        synchronized (lock) {
            int length = 0;
            while (count > 0 && length + ResponseRecord.SIZE <= batch.capacity()) {
                long token = waiting[head];
                head = (head + 1) & (waiting.length - 1);
                count--;
                int cookie = cookie(token);
                if (states[cookie] == ANSWERED && token(cookie) == token) {
                    ResponseRecord.put(batch, length, cookie, codes[cookie]);
                    length += ResponseRecord.SIZE;
                } else {
                    stale++;
                }
            }
            return length;
        }
    }

    /** Frees a cookie after the write of its response, also if the kernel refused the response. */
    void written(int cookie) {
        synchronized (lock) {
            states[cookie] = FREE;
        }
    }

    /** The count of groups that the kernel answered itself, seen when the kernel reuses a cookie; a lower bound. */
    long stale() {
        synchronized (lock) {
            return stale;
        }
    }

    private long token(int cookie) {
        return ((long) generations[cookie] << Integer.SIZE) | cookie;
    }

    private static int cookie(long token) {
        return (int) token & (COOKIES - 1);
    }

    private void grow(int cookie) {
        int size = Integer.highestOneBit(cookie) << 1;
        generations = Arrays.copyOf(generations, size);
        states = Arrays.copyOf(states, size);
        codes = Arrays.copyOf(codes, size);
    }

    private void widen() {
        long[] wider = new long[2 * waiting.length];
        for (int i = 0; i < count; i++) {
            wider[i] = waiting[(head + i) & (waiting.length - 1)];
        }
        waiting = wider;
        head = 0;
    }
}
