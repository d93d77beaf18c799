// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.PhysicalMemory;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A bus on which some transfers take long to arrive, so that what a translation said may have changed by then. */
record SlowBus(PhysicalMemory memory) implements PhysicalMemory {
    private static final long DELAY_NANOS = TimeUnit.MICROSECONDS.toNanos(300);
    private static final int ONE_IN = 4;

    @Override
    public boolean read(long address, ByteBuffer to) {
        return memory.read(address, to);
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        delay();
        return memory.write(address, from);
    }

    @Override
    public boolean copy(long from, long to, int length) {
        delay();
        return memory.copy(from, to, length);
    }

    private static void delay() {
        if (ThreadLocalRandom.current().nextInt(ONE_IN) == 0) {
            LockSupport.parkNanos(DELAY_NANOS);
        }
    }

    @Override
    public long frames() {
        return memory.frames();
    }

    @Override
    public long framesInUse() {
        return memory.framesInUse();
    }
}
