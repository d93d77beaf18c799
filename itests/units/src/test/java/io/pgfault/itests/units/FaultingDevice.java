// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Device;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A PCIe function that keeps a number of groups outstanding, each of one to three pages that no device has touched,
 * until it has asked for the number of pages of the test; after Success its pages have to be there.
 */
final class FaultingDevice implements Downstream, AutoCloseable {
    static final int PASID = 7;

    /** Groups get four pages of address space each. */
    private static final long STRIDE = 4L * Translation.PAGE_SIZE;

    private static final long PATIENCE_SECONDS = 60;

    private record Answer(int prgIndex, int code) {}

    private final BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(1 << 9);
    private final Upstream upstream;

    FaultingDevice(Unit unit, String name, int id) {
        upstream = unit.connect(name, id, this);
    }

    Device device() {
        return upstream.device();
    }

    /** Called after each answer with how many there have been. */
    @FunctionalInterface
    interface Progress {
        void answered(int groups) throws Exception;
    }

    /**
     * Faults until {@code groups} groups have been answered Success and their pages were there.
     *
     * @param window how many groups are outstanding
     */
    void fault(int groups, int window, Progress progress) throws Exception {
        long[] asked = new long[window];
        int next = 0;
        for (; next < Math.min(window, groups); next++) {
            asked[next] = next;
            ask(next, asked[next]);
        }
        for (int answered = 1; answered <= groups; answered++) {
            Answer answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (answer == null) {
                throw new AssertionError("no answer for " + PATIENCE_SECONDS + " s, after " + answered + " groups");
            }
            int index = answer.prgIndex();
            check(asked[index], answer.code());
            if (next < groups) {
                asked[index] = next++;
                ask(index, asked[index]);
            }
            progress.answered(answered);
        }
    }

    private static int pages(long number) {
        return (int) (number % 3) + 1;
    }

    private void ask(int index, long number) {
        int pages = pages(number);
        for (int i = 0; i < pages; i++) {
            long address = number * STRIDE + (long) i * Translation.PAGE_SIZE;
            upstream.pageRequest(PASID, index, Permissions.READ | Permissions.WRITE, address, i == pages - 1);
        }
    }

    private void check(long number, int code) {
        if (code != SUCCESS) {
            throw new AssertionError("group " + number + " was answered " + code);
        }
        for (int i = 0; i < pages(number); i++) {
            long address = number * STRIDE + (long) i * Translation.PAGE_SIZE;
            if (!Translation.grants(upstream.translate(PASID, address), Permissions.READ | Permissions.WRITE)) {
                throw new AssertionError("page " + i + " of group " + number + " isn't there after Success");
            }
        }
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        answers.add(new Answer(prgIndex, code));
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
