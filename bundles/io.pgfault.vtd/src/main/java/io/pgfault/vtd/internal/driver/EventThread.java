// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.parts.Passes;
import io.pgfault.parts.SpinThenPark;
import io.pgfault.parts.UnitLogger;
import io.pgfault.vtd.internal.hardware.Interrupt;
import io.pgfault.vtd.internal.hardware.Memory;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import io.pgfault.vtd.spec.Registers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The unit's event thread, and the page request queue in memory, which this thread alone consumes.
 *
 * <p>Each interrupt, however many came since, makes the thread go through the queue once: a pass (rule V04; kernel:
 * {@code prq_event_thread}). In a pass the thread clears PPR, then reads tail and head, consumes the descriptors
 * between them, and writes the head. A request that arrives after the thread has read the tail finds PPR clear and
 * raises the interrupt again, so the thread misses none. When a pass ends with PRO set (rule V08), another pass follows
 * until the ring is empty. Nothing enters the ring while PRO is set, so the ring stays empty while the thread discards
 * partials; then the thread clears PRO.
 *
 * <p>A fault event has the thread make a pass, too, which begins with the fault recording registers.
 *
 * <p>What a pass throws ends neither the thread nor later passes (rule C21): the thread logs it and goes on. If passes
 * throw again and again without consuming anything, the thread says so, has the unit fail, and ends.
 */
final class EventThread implements Interrupt, Runnable {
    private static final int ENTRY = PageRequestDescriptor.SIZE;
    /** The most descriptors between two writes of the head: the hardware doesn't wait for all of a large ring. */
    private static final int SLICE = 512;
    /** So many passes in a row may throw before the unit fails. */
    private static final int MOST_FAILURES = 16;

    private static final int EVENT_DATA = 0x21;
    private static final int EVENT_ADDRESS = 0xfee0_0000;

    private final Mmio registers;
    private final Memory.Region ring;
    private final int size;
    private final PageRequestReports reports;
    private final FaultRecords records;
    private final CommandQueue commands;
    private final FaultQueue queue;
    private final Runnable failed;
    private final Thread thread;
    private final Logger logger;
    private final SpinThenPark waiting = new SpinThenPark();
    private final Passes passes = new Passes(() -> message(0, 0));
    /** Whether an interrupt has come. The hardware's threads set it; the event thread clears it before a pass. */
    private volatile boolean interrupted;
    /** Whether a fault event has come. The hardware's threads set it; the event thread clears it before it reads. */
    private volatile boolean faulted;
    /** Whether the thread is to end after one last pass. {@link #stop} writes it; the event thread reads it. */
    private volatile boolean stopping;
    /** Overflows that have been dealt with. The event thread writes it; draining threads read it. */
    private final AtomicLong overflows = new AtomicLong();

    /**
     * A thread that is not started.
     *
     * @param size the ring's size field, 0 to 7: the ring has 2^(size+7) descriptors
     * @param failed called by the event thread when the thread can't go on; must not wait for the event thread
     */
    EventThread(
            Mmio registers,
            Memory memory,
            int size,
            PageRequestReports reports,
            FaultRecords records,
            CommandQueue commands,
            FaultQueue queue,
            Runnable failed) {
        this.registers = registers;
        this.ring = memory.allocate(Registers.ringBytes(size));
        this.size = size;
        this.reports = reports;
        this.records = records;
        this.commands = commands;
        this.queue = queue;
        this.failed = failed;
        this.logger = UnitLogger.of(queue.name());
        this.thread = new Thread(this, "io-pgfault-" + queue.name() + "-events");
        thread.setDaemon(true);
    }

    /** Starts the thread. Called once, after {@link #enable}. */
    void start() {
        thread.start();
    }

    /** Gives the ring to the hardware and unmasks the interrupt (VT-d 4.1 §11.4). */
    void enable() {
        registers.write64(Registers.PQH, 0);
        registers.write64(Registers.PQT, 0);
        registers.write64(Registers.PQA, ring.address() | size);
        registers.write32(Registers.PRS, Registers.PRS_PPR | Registers.PRS_PRO);
        registers.write32(Registers.PEDATA, EVENT_DATA);
        registers.write32(Registers.PEADDR, EVENT_ADDRESS);
        registers.write32(Registers.PEUADDR, 0);
        registers.write32(Registers.PECTL, 0);
        records.enable();
    }

    @Override
    public void message(long address, int data) {
        if (data == FaultRecords.EVENT_DATA) {
            faulted = true;
        } else {
            interrupted = true;
        }
        waiting.wake();
    }

    /**
     * Ends the thread after one last pass, then takes the ring away from the hardware. The event thread itself doesn't
     * wait for its end.
     *
     * @param timeoutNanos how long to wait for the thread, in nanoseconds
     */
    void stop(long timeoutNanos) {
        stopping = true;
        waiting.wake();
        if (!isEventThread()) {
            join(timeoutNanos);
        }
        registers.write32(Registers.PECTL, Registers.PECTL_IM);
        registers.write32(Registers.FECTL, Registers.PECTL_IM);
        registers.write64(Registers.PQA, 0);
    }

    private void join(long timeoutNanos) {
        try {
            TimeUnit.NANOSECONDS.timedJoin(thread, timeoutNanos);
            if (thread.isAlive()) {
                logger.log(
                        Level.WARNING,
                        "{0}: the event thread is still busy; a handler that runs inline doesn''t return",
                        queue.name());
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    boolean isEventThread() {
        return Thread.currentThread() == thread;
    }

    /**
     * Returns when the thread has made a pass that began after the call, or has ended. The event thread doesn't call
     * this method.
     *
     * @return false if the time was over first
     */
    boolean awaitPass(long timeoutNanos) throws InterruptedException {
        return passes.await(timeoutNanos);
    }

    /** Whether the thread has ended: requests in the ring stay there. */
    boolean isOver() {
        return passes.isOver();
    }

    /** How many overflows have been dealt with. */
    long overflows() {
        return overflows.get();
    }

    /** Whether an overflow waits to be dealt with. */
    boolean overflowing() {
        return (registers.read32(Registers.PRS) & Registers.PRS_PRO) != 0;
    }

    /** Whether the ring holds a request of (requester id, PASID); the event thread may be consuming it. */
    boolean holds(int requesterId, int pasid) {
        int tail = (int) registers.read64(Registers.PQT);
        for (int at = (int) registers.read64(Registers.PQH); at != tail; at = next(at)) {
            long word0 = PageRequestDescriptor.word(ring.bytes(), at, 0);
            if (PageRequestDescriptor.requesterId(word0) == requesterId
                    && PageRequestDescriptor.pasidOrNone(word0) == pasid) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void run() {
        try {
            int failures = 0;
            boolean last = false;
            while (!last && failures < MOST_FAILURES) {
                waiting.await(() -> interrupted || faulted || stopping);
                // Read before the flag is cleared: a pass after stop() was called is the last one.
                last = stopping;
                interrupted = false;
                failures = passed() ? 0 : failures + 1;
            }
            if (!last) {
                logger.log(
                        Level.ERROR,
                        "{0}: the event thread can''t go on, the unit stops; restart it when the cause above is mended",
                        queue.name());
            }
        } finally {
            passes.over();
            if (!stopping) {
                failed.run();
            }
        }
    }

    /** One pass; false if it threw. */
    private boolean passed() {
        passes.begin();
        try {
            pass();
            return true;
        } catch (Throwable e) {
            logger.log(Level.ERROR, queue.name() + ": a pass of the event thread failed; the thread goes on", e);
            // What the pass has left is still in the ring.
            interrupted = true;
            return false;
        } finally {
            passes.end();
        }
    }

    /** Consumes what is in the ring and deals with an overflow. The event thread. */
    void pass() {
        if (faulted) {
            faulted = false;
            records.drain();
        }
        do {
            registers.write32(Registers.PRS, Registers.PRS_PPR);
            int tail = (int) registers.read64(Registers.PQT);
            int head = (int) registers.read64(Registers.PQH);
            while (head != tail) {
                int to = slice(head, tail);
                consume(head, to);
                head = to;
            }
        } while (overflowing() && !recovered());
    }

    private void consume(int head, int tail) {
        ByteBuffer bytes = ring.bytes();
        commands.beginBatch();
        queue.beginBatch();
        try {
            for (int at = head; at != tail; at = next(at)) {
                reports.accept(bytes, at);
            }
        } finally {
            try {
                queue.endBatch();
            } finally {
                registers.write64(Registers.PQH, tail);
                commands.endBatch();
            }
        }
    }

    /** Where to write the head next on the way to the tail. */
    private int slice(int head, int tail) {
        int mask = ring.bytes().capacity() - ENTRY;
        return ((tail - head) & mask) <= SLICE * ENTRY ? tail : (head + SLICE * ENTRY) & mask;
    }

    /** Whether the ring is empty, so that the overflow could be dealt with. */
    private boolean recovered() {
        if (registers.read64(Registers.PQT) != registers.read64(Registers.PQH)) {
            return false;
        }
        queue.counters().add(Counter.OVERFLOWS, 1);
        queue.discardPartials();
        registers.write32(Registers.PRS, Registers.PRS_PRO);
        overflows.incrementAndGet();
        return true;
    }

    private int next(int offset) {
        return (offset + ENTRY) & (ring.bytes().capacity() - ENTRY);
    }
}
