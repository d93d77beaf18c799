// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Device;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.FaultQueue;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * Stands on the bus between devices and a unit and keeps a ledger: what a device asks (page request groups by index,
 * stalled transactions by number) is answered once, and nothing else is.
 */
final class WatchedUnit implements Unit {
    private static final int NUMBERS = 1 << 9;

    private final Unit unit;
    private final LongAdder asked = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();

    WatchedUnit(Unit unit) {
        this.unit = unit;
    }

    /** Groups closed and transactions stalled by devices so far. */
    long asked() {
        return asked.sum();
    }

    /** Responses and resumes that devices got so far. */
    long answered() {
        return answered.sum();
    }

    /** Answers to what was not open, and questions under a number that was; empty if all is well. */
    Queue<String> violations() {
        return violations;
    }

    @Override
    public Upstream connect(String name, int id, Downstream downstream) {
        Line line = new Line(name, downstream);
        line.upstream = unit.connect(name, id, line);
        return line;
    }

    @Override
    public String name() {
        return unit.name();
    }

    @Override
    public String kind() {
        return unit.kind();
    }

    @Override
    public FaultQueue queue() {
        return unit.queue();
    }

    @Override
    public Optional<RecordRing> ring(String format) {
        return unit.ring(format);
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        return unit.tap(tap);
    }

    @Override
    public void drain() throws InterruptedException {
        unit.drain();
    }

    /** One device's line. */
    private final class Line implements Upstream, Downstream {
        private final String name;
        private final Downstream downstream;
        private final AtomicIntegerArray groups = new AtomicIntegerArray(NUMBERS);
        private final AtomicIntegerArray transactions = new AtomicIntegerArray(NUMBERS);
        private volatile Upstream upstream;

        Line(String name, Downstream downstream) {
            this.name = name;
            this.downstream = downstream;
        }

        private void expect(int actual, int expected, String what, int number) {
            if (actual != expected) {
                violations.add("%s: %s %d, %d open".formatted(name, what, number, actual));
            }
        }

        @Override
        public Device device() {
            return upstream.device();
        }

        @Override
        public long translate(int pasid, long address) {
            return upstream.translate(pasid, address);
        }

        @Override
        public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
            if (last) {
                asked.increment();
                expect(groups.incrementAndGet(prgIndex), 1, "asked as group", prgIndex);
            }
            upstream.pageRequest(pasid, prgIndex, permissions, address, last);
        }

        @Override
        public long transact(int transaction, int pasid, int permissions, long address) {
            expect(transactions.incrementAndGet(transaction), 1, "asked as transaction", transaction);
            long translation = upstream.transact(transaction, pasid, permissions, address);
            if (translation == STALLED) {
                asked.increment();
            } else {
                expect(transactions.decrementAndGet(transaction), 0, "not stalled but resumed", transaction);
            }
            return translation;
        }

        @Override
        public void close() {
            upstream.close();
        }

        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            answered.increment();
            expect(groups.decrementAndGet(prgIndex), 0, "answered group", prgIndex);
            downstream.pageGroupResponse(pasid, prgIndex, code);
        }

        @Override
        public void resume(int transaction, boolean retry) {
            answered.increment();
            expect(transactions.decrementAndGet(transaction), 0, "resumed transaction", transaction);
            downstream.resume(transaction, retry);
        }

        @Override
        public void invalidate(int pasid, long first, long last) {
            downstream.invalidate(pasid, first, last);
        }

        @Override
        public void disconnected() {
            downstream.disconnected();
        }
    }
}
