// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A fault queue that behaves as the kernel's: groups whole and in order, lowest free cookie first, a batch of answers
 * stops at the first bad one, and what a detach takes away vanishes. Under the lock of {@link FakeKernel}.
 */
public final class FakeFaultQueue {
    /** One record, without its cookie. */
    public record Fault(int flags, int device, int pasid, int group, int permissions, long address) {}

    /** An answer that the device got, by whom: the writer or the kernel itself. */
    public record Answer(int device, int group, int code, boolean written) {}

    /** The answers that devices got, in order. */
    public final List<Answer> answers = new ArrayList<>();

    /** Sizes of all writes, in answers. */
    public final List<Integer> batches = new ArrayList<>();

    /** The number of answers that the queue turned away. */
    public int turnedAway;

    /** The next group's cookie, free or not; null for the lowest free cookie. */
    public Integer nextCookie;

    /** As kernels before the fixes of 2026: a group that doesn't fit is 0 bytes, not EINVAL. */
    public boolean zeroForTooLarge;

    /** Poll says readable whether or not a group waits. */
    public boolean alwaysReadable;

    /** The error that each read throws; null for none. */
    public Error readError;

    /** The error numbers that the next writes fail with. */
    public final Deque<Integer> writeFailures = new ArrayDeque<>();

    private final Deque<Fault[]> waiting = new ArrayDeque<>();
    private final Map<Integer, Fault[]> outstanding = new TreeMap<>();

    void fault(Fault... group) {
        waiting.add(group);
    }

    boolean waits() {
        return alwaysReadable || readError != null || !waiting.isEmpty();
    }

    /** Cookies that are not answered. */
    public int outstanding() {
        return outstanding.size();
    }

    int read(ByteBuffer to, int length) throws CallFailed {
        if (readError != null) {
            throw readError;
        }
        if (length % 40 != 0) {
            throw new CallFailed("read", Errno.ESPIPE);
        }
        int done = 0;
        while (!waiting.isEmpty()) {
            Fault[] group = waiting.peek();
            if (done + 40 * group.length > length) {
                if (done == 0 && !zeroForTooLarge) {
                    throw new CallFailed("read", Errno.EINVAL);
                }
                break;
            }
            waiting.remove();
            int cookie = nextCookie == null ? lowestFree() : nextCookie;
            outstanding.put(cookie, group);
            for (Fault fault : group) {
                to.putInt(done, fault.flags())
                        .putInt(done + 4, fault.device())
                        .putInt(done + 8, fault.pasid())
                        .putInt(done + 12, fault.group())
                        .putInt(done + 16, fault.permissions())
                        .putInt(done + 20, 0)
                        .putLong(done + 24, fault.address())
                        .putInt(done + 32, 0)
                        .putInt(done + 36, cookie);
                done += 40;
            }
        }
        return done;
    }

    private int lowestFree() {
        int cookie = 1;
        while (outstanding.containsKey(cookie)) {
            cookie++;
        }
        return cookie;
    }

    int write(ByteBuffer from, int offset, int length) throws CallFailed {
        if (!writeFailures.isEmpty()) {
            throw new CallFailed("write", writeFailures.remove());
        }
        if (length % 8 != 0) {
            throw new CallFailed("write", Errno.ESPIPE);
        }
        batches.add(length / 8);
        for (int done = 0; done < length; done += 8) {
            int cookie = from.getInt(offset + done);
            int code = from.getInt(offset + done + 4);
            boolean good = (code == 0 || code == 1) && outstanding.containsKey(cookie);
            if (!good) {
                if (done > 0) {
                    return done;
                }
                turnedAway++;
                throw new CallFailed("write", Errno.EINVAL);
            }
            Fault[] group = outstanding.remove(cookie);
            answers.add(new Answer(group[0].device(), group[group.length - 1].group(), code, true));
        }
        return length;
    }

    /** The kernel answers INVALID to all that a device has outstanding or waiting. */
    void answerItself(int device) {
        waiting.removeIf(group -> mine(group, device));
        outstanding.values().removeIf(group -> mine(group, device));
    }

    private boolean mine(Fault[] group, int device) {
        boolean mine = group[0].device() == device;
        if (mine) {
            answers.add(new Answer(device, group[group.length - 1].group(), 1, false));
        }
        return mine;
    }
}
