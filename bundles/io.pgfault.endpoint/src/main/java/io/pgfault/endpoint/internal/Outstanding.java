// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A device's requests that have not been answered: PRG indexes or transaction numbers, how many may be out at a time,
 * and the threads that wait for their answers.
 *
 * <p>Each number has one state, FREE, OPEN, ABANDONED (its thread was interrupted; the answer is still owed) or answered,
 * and every change of it is one compare-and-set, which is what makes one answer count and every other unexpected. Numbers
 * are given out in the order in which they became free, so that a number rests as long as possible and a second answer
 * meets it free. Constant time, and no allocation unless a thread has to wait for room.
 *
 * <p>Any thread; {@link #await} and {@link #withdraw} only by the thread that opened.
 */
final class Outstanding {
    /** How a request was answered. */
    enum Answer {
        /** Success, or resumed with retry. */
        SUCCESS(3),
        /** Invalid Request, or resumed with abort. */
        INVALID(4),
        /** Response Failure. */
        FAILURE(5),
        /** The unit has gone. */
        DISCONNECTED(6);

        /** What the number's state is when it is answered so. */
        private final int state;

        Answer(int state) {
            this.state = state;
        }

        private static Answer of(int state) {
            return switch (state) {
                case 3 -> SUCCESS;
                case 4 -> INVALID;
                case 5 -> FAILURE;
                default -> DISCONNECTED;
            };
        }
    }

    /** What an answer reached. */
    enum Delivery {
        /** The thread that waits for it. */
        WAITER,
        /** A request whose thread was interrupted. */
        ABANDONED,
        /** No request with that number is out. */
        UNEXPECTED
    }

    /** Returned instead of a number when the unit has gone. */
    static final int CLOSED = -1;

    private static final int FREE = 0;
    private static final int OPEN = 1;
    private static final int ABANDONED = 2;
    /** This and all above are answers. */
    private static final int ANSWERED = 3;

    private static final int STATE = 7;
    private static final int PASID_SHIFT = 3;

    /** By number: state in bits 2:0; PASID + 1 in bits 23:3. */
    private final AtomicLongArray states;

    private final AtomicReferenceArray<Thread> waiters;
    private final Semaphore room;
    private final int[] free;
    private int freeHead;
    private int freeTail;
    private volatile boolean closed;

    /**
     * Nothing outstanding.
     *
     * @param numbers the numbers are 0 to this, exclusive; a power of two
     * @param bound how many may be out at a time, 1 to {@code numbers}
     */
    Outstanding(int numbers, int bound) {
        if (bound < 1 || bound > numbers) {
            throw new IllegalArgumentException("outstanding is 1 to " + numbers + ", got " + bound);
        }
        states = new AtomicLongArray(numbers);
        waiters = new AtomicReferenceArray<>(numbers);
        room = new Semaphore(bound, true);
        free = new int[numbers];
        for (int i = 0; i < numbers; i++) {
            free[i] = i;
        }
    }

    /** Waits for room and takes a number for a request of the calling thread; {@link #CLOSED} after {@link #close}. */
    int open(int pasid) throws InterruptedException {
        room.acquire();
        int number = take();
        waiters.set(number, Thread.currentThread());
        states.set(number, state(OPEN, pasid));
        if (closed) {
            release(number);
            return CLOSED;
        }
        return number;
    }

    /** An answer has come for a number, right or wrong. Never blocks. */
    Delivery answer(int number, int pasid, Answer answer) {
        if (number < 0 || number >= states.length()) {
            return Delivery.UNEXPECTED;
        }
        if (states.compareAndSet(number, state(OPEN, pasid), state(answer.state, pasid))) {
            LockSupport.unpark(waiters.get(number));
            return Delivery.WAITER;
        }
        if (states.compareAndSet(number, state(ABANDONED, pasid), FREE)) {
            give(number);
            return Delivery.ABANDONED;
        }
        return Delivery.UNEXPECTED;
    }

    /** Waits for the answer and frees the number. When the thread is interrupted, the call of {@link #answer} frees it. */
    Answer await(int number) throws InterruptedException {
        while (true) {
            long state = states.get(number);
            int kind = (int) state & STATE;
            if (kind >= ANSWERED) {
                release(number);
                return Answer.of(kind);
            }
            if (Thread.interrupted()) {
                if (abandon(number)) {
                    throw new InterruptedException();
                }
                Thread.currentThread().interrupt();
            } else {
                LockSupport.park(this);
            }
        }
    }

    /** Leaves the number to the call of {@link #answer}; false if the request has been answered. */
    private boolean abandon(int number) {
        long state = states.get(number);
        return (state & STATE) == OPEN && states.compareAndSet(number, state, (state & ~STATE) | ABANDONED);
    }

    /** No answer is owed after all: frees the number; false if one came nevertheless, other than by {@link #close}. */
    boolean withdraw(int number) {
        long state = states.getAndSet(number, FREE);
        give(number);
        int kind = (int) state & STATE;
        return kind == OPEN || kind == Answer.DISCONNECTED.state;
    }

    /** No answers come any more: every waiting thread gets {@link Answer#DISCONNECTED}, now and later. Idempotent. */
    void close() {
        closed = true;
        for (int number = 0; number < states.length(); number++) {
            sweep(number);
        }
    }

    /** Whether {@link #close} was called. */
    boolean isClosed() {
        return closed;
    }

    private void sweep(int number) {
        for (long state = states.get(number); ; state = states.get(number)) {
            switch ((int) state & STATE) {
                case OPEN -> {
                    long answered = (state & ~STATE) | Answer.DISCONNECTED.state;
                    if (states.compareAndSet(number, state, answered)) {
                        LockSupport.unpark(waiters.get(number));
                        return;
                    }
                }
                case ABANDONED -> {
                    if (states.compareAndSet(number, state, FREE)) {
                        give(number);
                        return;
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    private void release(int number) {
        states.set(number, FREE);
        give(number);
    }

    private int take() {
        synchronized (free) {
            return free[freeHead++ & (free.length - 1)];
        }
    }

    private void give(int number) {
        synchronized (free) {
            free[freeTail++ & (free.length - 1)] = number;
        }
        room.release();
    }

    private static long state(int state, int pasid) {
        return (long) (pasid + 1) << PASID_SHIFT | state;
    }
}
