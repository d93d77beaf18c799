// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Device;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A PCIe function that asks for several pages in one group, as no model of ours does. */
final class GroupDevice implements Downstream, AutoCloseable {
    private static final int INDEXES = 1 << 9;
    private static final long PATIENCE_SECONDS = 30;

    private final Upstream upstream;
    private final List<BlockingQueue<Integer>> answers = new ArrayList<>();

    GroupDevice(Unit unit, String name, int id) {
        for (int i = 0; i < INDEXES; i++) {
            answers.add(new ArrayBlockingQueue<>(1));
        }
        upstream = unit.connect(name, id, this);
    }

    Device device() {
        return upstream.device();
    }

    /**
     * Faults consecutive pages in, as often as it takes; one thread at a time for each index.
     *
     * @return the code of the last response: Success when all pages are there
     */
    int access(int pasid, int prgIndex, long address, int pages, int permissions) throws InterruptedException {
        for (int asked = 0; ; asked++) {
            long lastMissing = -1;
            for (int i = 0; i < pages; i++) {
                long page = address + (long) i * Translation.PAGE_SIZE;
                if (!Translation.grants(upstream.translate(pasid, page), permissions)) {
                    lastMissing = page;
                }
            }
            if (lastMissing < 0) {
                return SUCCESS;
            }
            // A Success that brought nothing: the queue has overflowed.
            LockSupport.parkNanos(Math.min(asked, 40) * 5_000L);
            for (long page = address; page != lastMissing; page += Translation.PAGE_SIZE) {
                upstream.pageRequest(pasid, prgIndex, permissions, page, false);
            }
            upstream.pageRequest(pasid, prgIndex, permissions, lastMissing, true);
            Integer code = answers.get(prgIndex).poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (code == null) {
                throw new AssertionError("group " + prgIndex + " is stuck");
            }
            if (code != SUCCESS) {
                return code;
            }
        }
    }

    /** Asks for the first page of a group that the device doesn't complete. */
    void begin(int pasid, int prgIndex, long address, int permissions) {
        upstream.pageRequest(pasid, prgIndex, permissions, address, false);
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        answers.get(prgIndex).add(code);
    }

    @Override
    public void resume(int transaction, boolean retry) {
        throw new IllegalStateException("a PCIe function has no transaction to resume");
    }

    @Override
    public void invalidate(int pasid, long first, long last) {}

    @Override
    public void disconnected() {}

    @Override
    public void close() {
        upstream.close();
    }
}
