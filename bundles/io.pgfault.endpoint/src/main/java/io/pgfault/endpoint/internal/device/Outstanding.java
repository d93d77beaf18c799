// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A device's unanswered requests: their PRG indexes or transaction numbers, the bound of unanswered requests, and the
 * threads that wait for the answers.
 *
 * <p>Each number has one state: FREE, OPEN, ABANDONED (the requesting thread was interrupted, and the unit still owes
 * the answer), or answered. A thread changes a state by one compare-and-set, so that the first answer counts and a
 * second answer is unexpected. A thread takes the number that has been free longest, so that a late second answer finds
 * its number free. Each call takes constant time, and allocates only if a thread waits for room.
 *
 * <p>Any thread calls these methods; only the thread that called {@link #open} calls {@link #await} and {@link
 * #withdraw}.
 */
final class Outstanding {
    /** How a request was answered. */
    enum Answer {
        /** The unit answered Success, or resumed the transaction with retry. */
        SUCCESS(3),
        /** The unit answered Invalid Request, or resumed the transaction with abort. */
        INVALID(4),
        /** The unit answered Response Failure. */
        FAILURE(5),
        /** The device has left its unit. */
        DISCONNECTED(6);

        /** The state of a number with this answer. */
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

    /** The receiver of an answer. */
    enum Delivery {
        /** A thread that waits for the answer. */
        WAITER,
        /** A request whose thread was interrupted and left. */
        ABANDONED,
        /** No unanswered request has that number. */
        UNEXPECTED
    }

    /** Returned instead of a number after {@link #close}. */
    static final int CLOSED = -1;

    private static final int FREE = 0;
    private static final int OPEN = 1;
    private static final int ABANDONED = 2;
    /** The smallest state that is an answer. */
    private static final int ANSWERED = 3;

    private static final int STATE = 7;
    private static final int PASID_SHIFT = 3;

    /**
     * The state of each number in bits 2:0, PASID + 1 in bits 23:3. Any thread reads, and writes by compare-and-set.
     */
    private final AtomicLongArray states;

    /** The thread that opened each number. The opening thread writes; the answering thread reads after the state. */
    private final AtomicReferenceArray<Thread> waiters;

    private final Semaphore room;
    /** The free numbers, a ring. Also the lock that guards the ring, {@code freeHead} and {@code freeTail}. */
    private final int[] free;

    private int freeHead;
    private int freeTail;
    /** Set by the thread that calls {@link #close}; any thread reads it. */
    private volatile boolean closed;

    /**
     * Starts without unanswered requests.
     *
     * @param numbers the count of numbers, which are 0 to {@code numbers - 1}; a power of two
     * @param bound the bound of unanswered requests, 1 to {@code numbers}
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

    /** Delivers an answer from the unit to the request of a number, if there is such a request. Never blocks. */
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

    /**
     * Waits for the answer and frees the number. When the thread is interrupted, the call of {@link #answer} frees it.
     */
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

    /**
     * Frees the number of a request that the unit did not accept; false if the unit answered the request nevertheless.
     */
    boolean withdraw(int number) {
        long state = states.getAndSet(number, FREE);
        give(number);
        int kind = (int) state & STATE;
        return kind == OPEN || kind == Answer.DISCONNECTED.state;
    }

    /** Gives every waiting thread, and every later {@link #await}, {@link Answer#DISCONNECTED}. Idempotent. */
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
