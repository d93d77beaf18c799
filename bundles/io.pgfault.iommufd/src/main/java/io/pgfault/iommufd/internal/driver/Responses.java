// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.userfault.spec.ResponseRecord;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The cookies of groups that were read and not answered yet, and the responses that wait to be written.
 *
 * <p>The kernel gives a cookie away again as soon as it is free, lowest first, so an answer that comes late or twice would
 * be somebody else's. Therefore a group is known by a token: its cookie and how many groups had that cookie before. A cookie
 * is taken when its group is read, answered once, and free when the answer has been written. When the kernel hands out a
 * cookie that is not free here, it has answered that group itself meanwhile (its device was detached): the old token is
 * stale from then on, and its answer is dropped, also if it waits to be written already. For that to be exact, {@link
 * #take}, the writing, {@link #written} and {@link #admit} exclude each other; the caller sees to it. {@link #answer} may be
 * called by any thread at any time.
 *
 * <p>Cookies are small numbers, so they index arrays. No call allocates, but for the arrays' growth.
 */
final class Responses {
    /** No token. */
    static final long NONE = -1;

    /** Cookies below this are accepted: the core's default bound for 16 devices. */
    static final int COOKIES = 1 << 20;

    private static final int START = 1024;
    private static final byte FREE = 0;
    private static final byte TAKEN = 1;
    private static final byte ANSWERED = 2;

    private final Object lock = new Object();
    private int[] generations = new int[START];
    private byte[] states = new byte[START];
    private int[] codes = new int[START];

    /** Tokens of the responses that wait, oldest at {@code head}; as many slots as there are cookies, a power of two. */
    private long[] waiting = new long[START];

    private int head;
    private int count;
    private long stale;

    /** A group with that cookie has been read; returns its token, or {@link #NONE} if the cookie is out of bounds. */
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

    /** Responses a group; false if it has been answered, by us or by the kernel: nothing will be written. */
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

    /** Moves responses that are still wanted to the start of {@code batch}; returns how many bytes they have. */
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

    /** An answer that was taken has been written, or the kernel did not want it: its cookie is free. */
    void written(int cookie) {
        synchronized (lock) {
            states[cookie] = FREE;
        }
    }

    /** How many groups the kernel answered itself, as far as a cookie that it gave away again showed it. */
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
