// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.vtd.internal.LogLimit;
import io.pgfault.vtd.internal.hardware.HostMemory;
import io.pgfault.vtd.internal.hardware.Mmio;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import io.pgfault.vtd.spec.Registers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The unit's event thread and the page request queue in memory.
 *
 * <p>A pass (rule V04): PPR is cleared first, then tail and head are read, the descriptors between them consumed, and the
 * head written. A request that arrives after the tail was read finds PPR clear and raises the event again, so none is
 * missed. When a pass ends with PRO set (rule V08), another follows until the ring is empty; nothing enters while PRO is
 * set, so empty it stays while partials are discarded, and only then PRO is cleared.
 */
final class PageRequestEvents implements Runnable {
    private static final Logger LOG = System.getLogger(PageRequestEvents.class.getName());
    private static final int ENTRY = PageRequestDescriptor.SIZE;
    /** Descriptors between two writes of the head, at most. */
    private static final int SLICE = 512;

    private static final int EVENT_DATA = 0x21;
    private static final int EVENT_ADDRESS = 0xfee0_0000;

    private final Mmio registers;
    private final HostMemory.Region ring;
    private final int size;
    private final EventLatch latch;
    private final PageRequestChecks checks;
    private final ResponseCommands commands;
    private final FaultQueue queue;
    private final LogLimit failures = new LogLimit();
    private final Thread thread;
    private final AtomicLong overflows = new AtomicLong();

    /** @param size the ring's size field, 0 to 7 */
    PageRequestEvents(
            Mmio registers,
            HostMemory memory,
            int size,
            EventLatch latch,
            PageRequestChecks checks,
            ResponseCommands commands,
            FaultQueue queue) {
        this.registers = registers;
        this.ring = memory.allocate(Registers.ringBytes(size));
        this.size = size;
        this.latch = latch;
        this.checks = checks;
        this.commands = commands;
        this.queue = queue;
        this.thread = new Thread(this, queue.name() + "-prq");
        thread.setDaemon(true);
    }

    /** Gives the ring to the hardware, unmasks the event and starts the event thread. */
    void start() {
        enable();
        thread.start();
    }

    /** Gives the ring to the hardware and unmasks the event. */
    void enable() {
        registers.write64(Registers.PQH, 0);
        registers.write64(Registers.PQT, 0);
        registers.write64(Registers.PQA, ring.address() | size);
        registers.write32(Registers.PRS, Registers.PRS_PPR | Registers.PRS_PRO);
        registers.write32(Registers.PEDATA, EVENT_DATA);
        registers.write32(Registers.PEADDR, EVENT_ADDRESS);
        registers.write32(Registers.PEUADDR, 0);
        registers.write32(Registers.PECTL, 0);
    }

    /** Ends the event thread after one last pass, then takes the ring away from the hardware. */
    void stop(long timeoutNanos) {
        latch.stop();
        try {
            TimeUnit.NANOSECONDS.timedJoin(thread, timeoutNanos);
            if (thread.isAlive()) {
                LOG.log(
                        Level.WARNING,
                        "{0}: the event thread is still busy; a handler that runs inline doesn''t return",
                        queue.name());
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
        registers.write32(Registers.PECTL, Registers.PECTL_IM);
        registers.write64(Registers.PQA, 0);
    }

    boolean isEventThread() {
        return Thread.currentThread() == thread;
    }

    /** How many overflows have been dealt with. */
    long overflows() {
        return overflows.get();
    }

    /** Whether an overflow waits to be dealt with. */
    boolean overflowing() {
        return (registers.read32(Registers.PRS) & Registers.PRS_PRO) != 0;
    }

    /** Whether the ring holds a request of (requester id, PASID); it may be being consumed right now. */
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
            while (latch.awaitEvent()) {
                try {
                    pass();
                } finally {
                    latch.passed();
                }
            }
        } catch (InterruptedException e) {
            LOG.log(Level.WARNING, queue.name() + ": the event thread was interrupted and ends", e);
        } finally {
            latch.ended();
        }
    }

    /** Consumes what is in the ring and deals with an overflow; event thread. */
    void pass() {
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
                try {
                    checks.accept(bytes, at);
                } catch (RuntimeException e) {
                    failed(e);
                }
            }
        } finally {
            queue.endBatch();
            registers.write64(Registers.PQH, tail);
            commands.endBatch();
        }
    }

    /** Where to write the head next on the way to the tail: the hardware shouldn't wait for all of a large ring. */
    private int slice(int head, int tail) {
        int mask = ring.bytes().capacity() - ENTRY;
        return ((tail - head) & mask) <= SLICE * ENTRY ? tail : (head + SLICE * ENTRY) & mask;
    }

    private void failed(RuntimeException cause) {
        if (failures.permits()) {
            LOG.log(
                    Level.ERROR,
                    queue.name() + ": reporting a page request failed; going on with the next" + failures.suppressed(),
                    cause);
        }
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
