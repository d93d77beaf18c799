// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.smmuv3.spec.QueueRegisters;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;

/**
 * The hardware's side of a queue that it produces and software consumes (IHI 0070, 3.5). Everything that changes the
 * producer register happens under {@link #lock}; the consumer register is software's.
 *
 * <p>The interrupt is raised when the queue stops being empty. The producer register is written before the consumer
 * register is read, and software writes the consumer register before it reads the producer register again: at least one of
 * the two sees that there is work.
 */
final class OutputQueue {
    final BriefLock lock = new BriefLock();
    private final Condition change = lock.newCondition();
    private final RegisterFile registers;
    private final QueueMemory memory;
    private final int producer;
    private final int consumer;
    private final Interrupt interrupt;
    private volatile boolean closed;
    private final AtomicInteger waiting = new AtomicInteger();
    private long changes;

    OutputQueue(RegisterFile registers, QueueMemory memory, int producer, int consumer, Interrupt interrupt) {
        this.registers = registers;
        this.memory = memory;
        this.producer = producer;
        this.consumer = consumer;
        this.interrupt = interrupt;
    }

    int recordSize() {
        return memory.recordSize();
    }

    boolean full() {
        return QueueRegisters.isFull(registers.get(producer), registers.get(consumer), memory.log2());
    }

    boolean overflowed() {
        return QueueRegisters.overflowed(registers.get(producer), registers.get(consumer));
    }

    /** Writes a record of two words. Called under the lock, when the queue isn't full. */
    void append(long word0, long word1) {
        int tail = registers.get(producer);
        memory.word(tail, 0, word0);
        memory.word(tail, 1, word1);
        publish(tail);
    }

    /** Writes a record of four words. Called under the lock, when the queue isn't full. */
    void append(long word0, long word1, long word2, long word3) {
        int tail = registers.get(producer);
        memory.word(tail, 0, word0);
        memory.word(tail, 1, word1);
        memory.word(tail, 2, word2);
        memory.word(tail, 3, word3);
        publish(tail);
    }

    private void publish(int tail) {
        registers.set(producer, QueueRegisters.next(tail, memory.log2()));
        if (QueueRegisters.isEmpty(tail, registers.get(consumer), memory.log2())) {
            interrupt.raise();
        }
    }

    /** Says that a record is lost. Called under the lock. Flips OVFLG unless an overflow is unacknowledged already. */
    void flagOverflow() {
        if (!overflowed()) {
            registers.set(producer, registers.get(producer) ^ QueueRegisters.OVERFLOW);
            interrupt.raise();
        }
    }

    /**
     * Waits for a change that may have made room. Called under the lock.
     *
     * @return how many of the nanoseconds are left; none if nothing changed
     */
    long awaitChange(long nanos) throws InterruptedException {
        long left = nanos;
        long seen = changes;
        waiting.incrementAndGet();
        try {
            while (changes == seen && left > 0) {
                left = change.awaitNanos(left);
            }
        } finally {
            waiting.decrementAndGet();
        }
        return left;
    }

    /** As {@link #awaitChange(long)}, for hardware, which has no timeout and can't be interrupted. */
    void awaitChange() {
        long seen = changes;
        waiting.incrementAndGet();
        try {
            while (changes == seen) {
                change.awaitUninterruptibly();
            }
        } finally {
            waiting.decrementAndGet();
        }
    }

    /**
     * As {@link #awaitChange()}, for a change that is made without the lock and followed by {@link #changedIfAwaited}.
     *
     * @param done whether it has been made
     */
    void awaitChangeUnless(BooleanSupplier done) {
        waiting.incrementAndGet();
        try {
            if (!done.getAsBoolean()) {
                awaitChange();
            }
        } finally {
            waiting.decrementAndGet();
        }
    }

    /** Wakes up who waits. Called without the lock, after the change. */
    void changedIfAwaited() {
        if (waiting.get() > 0) {
            lock.lock();
            try {
                changed();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Wakes up who waits. Called under the lock. */
    void changed() {
        changes++;
        if (waiting.get() > 0) {
            change.signalAll();
        }
    }

    boolean closed() {
        return closed;
    }

    /** Nothing is written any more, and nobody waits. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed();
        } finally {
            lock.unlock();
        }
    }
}
