// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IoPageFaults;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * A device of the soak, from its connection to its removal. One thread makes its requests; the unit's threads bring the
 * responses. Some of its requests are hostile: no page of them, never a last one, no such PASID, addresses that no CPU
 * has.
 */
final class SoakDevice implements Downstream {
    static final int PASID = 5;
    private static final int NUMBERS = 64;
    private static final long PATIENCE_SECONDS = 20;

    private final Way way;
    private final Queue<String> violations;
    private final Upstream upstream;
    /** Numbers of groups and transactions that are not in use. */
    private final Semaphore free = new Semaphore(NUMBERS);
    /** 1 for each number in use. The device's thread sets it, the thread that brings the response clears it. */
    private final AtomicIntegerArray used = new AtomicIntegerArray(NUMBERS);
    /** Whether the device has been taken off the unit. Written by the device's thread, read by the unit's threads. */
    private volatile boolean removed;

    SoakDevice(Way way, Unit unit, String name, int id, Queue<String> violations) {
        this.way = way;
        this.violations = violations;
        this.upstream = unit.connect(name, id, this);
    }

    Device device() {
        return upstream.device();
    }

    void attach(IoPageFaults faults, Domain domain) {
        faults.attach(device(), Pasid.NONE, domain);
        faults.attach(device(), PASID, domain);
    }

    /** Asks for some pages. */
    void ask(SplittableRandom random) throws InterruptedException {
        if (!free.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            violations.add(device().name() + ": no response for " + PATIENCE_SECONDS + " s");
            return;
        }
        int number = random.nextInt(NUMBERS);
        while (!used.compareAndSet(number, 0, 1)) {
            number = (number + 1) % NUMBERS;
        }
        int pasid = random.nextInt(4) == 0 ? Pasid.NONE : random.nextInt(32) == 0 ? 77 : PASID;
        int permissions = random.nextBoolean() ? Permissions.READ : Permissions.READ | Permissions.WRITE;
        long page = random.nextInt(64) == 0 ? Long.MAX_VALUE & -Translation.PAGE_SIZE : random.nextLong(1 << 20) << 12;
        if (way == Way.SMMUV3_STALL) {
            if (upstream.transact(number, pasid, permissions, page) != Upstream.STALLED) {
                done(number);
            }
            return;
        }
        for (int pages = random.nextInt(4); pages > 0; pages--) {
            upstream.pageRequest(pasid, number, permissions, random.nextLong(1 << 20) << 12, false);
        }
        if (random.nextInt(16) == 0) {
            // A group that is never closed.
            upstream.pageRequest(pasid, NUMBERS + random.nextInt(64), permissions, page, false);
        }
        upstream.pageRequest(pasid, number, permissions, page, true);
    }

    /** Waits until nothing is open. */
    boolean idle() throws InterruptedException {
        boolean idle = free.tryAcquire(NUMBERS, PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (idle) {
            free.release(NUMBERS);
        }
        return idle;
    }

    /** Takes the device off the unit; nothing comes afterwards. */
    void remove() {
        upstream.close();
        removed = true;
    }

    private void done(int number) {
        if (removed) {
            violations.add("a response to number " + number + " came after the device was removed");
        }
        if (used.compareAndSet(number, 1, 0)) {
            free.release();
        } else {
            violations.add("a response to number " + number + ", which is not open");
        }
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        done(prgIndex);
    }

    @Override
    public void resume(int transaction, boolean retry) {
        done(transaction);
    }

    @Override
    public void invalidate(int pasid, long first, long last) {}

    @Override
    public void disconnected() {}
}
