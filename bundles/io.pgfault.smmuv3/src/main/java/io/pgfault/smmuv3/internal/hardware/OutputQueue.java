// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.api.bus.RequestTap;
import io.pgfault.parts.Taps;
import io.pgfault.smmuv3.spec.QueueRegisters;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The hardware's end of a queue that the hardware produces and software consumes (IHI 0070 F.b §3.5.1). Threads that
 * hold {@link #lock} write the producer register; software's event thread writes the consumer register and takes no
 * lock.
 *
 * <p>The interrupt is raised when the queue stops being empty (§3.5.4). The hardware writes the producer register
 * before it reads the consumer register, and software writes the consumer register before it reads the producer
 * register again: at least one of the two sees that there is work.
 */
final class OutputQueue {
    private static final System.Logger LOG = System.getLogger(OutputQueue.class.getName());

    /**
     * Held by a thread that records, for a few instructions or until there is room. No plug-in is called under it,
     * except a tap, which copies the record and returns.
     */
    final ReentrantLock lock = new ReentrantLock();

    private final Condition change = lock.newCondition();
    private final RegisterFile registers;
    private final QueueMemory memory;
    private final int producer;
    private final int consumer;
    private final Interrupt interrupt;
    /** The name of this queue's records. */
    private final String format;

    private final Taps<RequestTap, String> taps = new Taps<>(LOG, (tap, record, name) -> tap.written(name, record));
    /** The memory of the queue as taps see it, one record at a time. Used under the lock. */
    private final ByteBuffer view;
    /** Set once, under the lock; read by any thread. */
    private volatile boolean closed;
    /** How many threads wait for a change. A waiting thread writes under the lock, a thread with a change reads. */
    private final AtomicInteger waiting = new AtomicInteger();
    /** Counts changes. Read and written under the lock. */
    private long changes;

    OutputQueue(
            RegisterFile registers,
            QueueMemory memory,
            int producer,
            int consumer,
            Interrupt interrupt,
            String format) {
        this.registers = registers;
        this.memory = memory;
        this.producer = producer;
        this.consumer = consumer;
        this.interrupt = interrupt;
        this.format = format;
        this.view = memory.view();
    }

    /** Shows {@code tap} each record that is written, until the result is closed. Any thread. */
    AutoCloseable tap(RequestTap tap) {
        return taps.add(tap);
    }

    int recordSize() {
        return memory.recordSize();
    }

    /** How many records the queue holds when it is full. */
    int size() {
        return 1 << memory.log2();
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
        if (!taps.isEmpty()) {
            taps.show(view, memory.offset(tail), memory.recordSize(), format);
        }
        registers.set(producer, QueueRegisters.next(tail, memory.log2()));
        if (QueueRegisters.isEmpty(tail, registers.get(consumer), memory.log2())) {
            interrupt.raise();
        }
    }

    /** Says that a record is lost: flips OVFLG unless an overflow is unacknowledged (§7.4). Called under the lock. */
    void flagOverflow() {
        if (!overflowed()) {
            registers.set(producer, registers.get(producer) ^ QueueRegisters.OVERFLOW);
            interrupt.raise();
        }
    }

    /**
     * Waits for a change that may have made room, unless there is room already. Called under the lock.
     *
     * @param done whether the change has been made
     * @param nanos how long to wait, in nanoseconds
     * @return how many of the nanoseconds are left; none if nothing changed
     */
    long awaitChange(BooleanSupplier done, long nanos) throws InterruptedException {
        long left = nanos;
        long seen = changes;
        waiting.incrementAndGet();
        try {
            while (changes == seen && !done.getAsBoolean() && left > 0) {
                left = change.awaitNanos(left);
            }
        } finally {
            waiting.decrementAndGet();
        }
        return left;
    }

    /** Waits as hardware does, without timeout and interruption; see {@link #awaitChange(BooleanSupplier, long)}. */
    void awaitChange(BooleanSupplier done) {
        long seen = changes;
        waiting.incrementAndGet();
        try {
            while (changes == seen && !done.getAsBoolean()) {
                change.awaitUninterruptibly();
            }
        } finally {
            waiting.decrementAndGet();
        }
    }

    /**
     * Wakes the waiting threads. Called without the lock, by a thread that has made a change with a volatile write. A
     * thread that waits counts itself before it looks at the change, so one of the two threads sees the other.
     */
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

    /** Wakes the waiting threads. Called under the lock. */
    void changed() {
        changes++;
        if (waiting.get() > 0) {
            change.signalAll();
        }
    }

    boolean closed() {
        return closed;
    }

    /** Nothing is written any more, and no thread waits. */
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
