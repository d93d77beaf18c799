// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.api.Device;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.vtd.internal.IommuUnit;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * A VT-d unit with one device that only counts its responses: what is measured is the way of a raw descriptor from the
 * ring to the consumption of the response descriptor. One thread feeds it.
 */
public final class MeasuredUnit implements AutoCloseable {
    private static final int REQUESTER_ID = 0x100;
    private static final int QUEUE_SIZE = 5;
    /** So many groups may be on their way: less than the bounds. */
    private static final int ON_THEIR_WAY = 1 << 15;

    private final IommuUnit unit;
    private final Device device;
    private final RecordRing ring;
    private final ByteBuffer record = ByteBuffer.allocateDirect(PageRequestDescriptor.SIZE);
    private final Counting counting = new Counting();
    private long sent;

    /** A unit of that name, with one device. */
    public MeasuredUnit(IoPageFaults faults, String name) {
        unit = new IommuUnit(faults, name, QUEUE_SIZE, false);
        unit.start(() -> {});
        device = unit.connect("d", REQUESTER_ID, counting).device();
        ring = unit.ring("prq").orElseThrow();
    }

    /** The device. */
    public Device device() {
        return device;
    }

    /** Writes groups into the ring as fast as it takes them, and returns when all of them have their responses. */
    public long feed(int groups, int groupSize) {
        for (int group = 0; group < groups; group++) {
            while (sent - counting.responses >= ON_THEIR_WAY) {
                Thread.onSpinWait();
            }
            sent++;
            for (int i = 1; i <= groupSize; i++) {
                PageRequestDescriptor.encode(
                        record,
                        0,
                        PageRequestDescriptor.word0(REQUESTER_ID, MeasuredCore.PASID, false, false, false),
                        PageRequestDescriptor.word1(true, false, i == groupSize, group & 0x1ff, (long) i << 12),
                        0,
                        0);
                while (!ring.offer(record)) {
                    Thread.onSpinWait();
                }
            }
        }
        while (counting.responses < sent) {
            Thread.onSpinWait();
        }
        return counting.responses;
    }

    /**
     * Counts responses. The thread that rings the unit's doorbell writes it, one thread at a time; the feeding thread
     * reads it.
     */
    private static final class Counting implements Downstream {
        private static final VarHandle RESPONSES;

        static {
            try {
                RESPONSES = MethodHandles.lookup().findVarHandle(Counting.class, "responses", long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private volatile long responses;

        @Override
        public void pageGroupResponse(int pasid, int prgIndex, int code) {
            RESPONSES.setRelease(this, (long) RESPONSES.get(this) + 1);
        }

        @Override
        public void resume(int transaction, boolean retry) {
            throw new IllegalStateException("VT-d stalls nothing");
        }

        @Override
        public void invalidate(int pasid, long first, long last) {
            // Caches nothing.
        }

        @Override
        public void disconnected() {
            // Asks for nothing more.
        }
    }

    @Override
    public void close() {
        unit.stop();
    }
}
