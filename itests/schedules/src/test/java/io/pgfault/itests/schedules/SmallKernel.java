// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.Errno;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.userfault.spec.FaultRecord;
import io.pgfault.userfault.spec.ResponseRecord;
import java.nio.ByteBuffer;
import java.util.TreeSet;

/**
 * A kernel with one fault queue, for {@link DescriptorUnderTest}. A group is one record; each read gives up to two
 * groups away, each with the lowest free cookie. A response to a cookie that is not outstanding is refused with EINVAL.
 * The lock of the object guards the fields.
 */
final class SmallKernel implements SystemCalls {
    private final TreeSet<Integer> outstanding = new TreeSet<>();
    private int waiting;
    private int taken;
    private int refused;

    SmallKernel(int waiting) {
        this.waiting = waiting;
    }

    @Override
    public synchronized int read(int descriptor, ByteBuffer to, int length) {
        int done = 0;
        while (waiting > 0 && done < 2 * FaultRecord.SIZE) {
            int cookie = 0;
            while (!outstanding.add(cookie)) {
                cookie++;
            }
            to.putInt(done, FaultRecord.LAST_PAGE).putInt(done + FaultRecord.SIZE - Integer.BYTES, cookie);
            waiting--;
            done += FaultRecord.SIZE;
        }
        return done;
    }

    @Override
    public synchronized int write(int descriptor, ByteBuffer from, int offset, int length) throws CallFailed {
        int done = 0;
        while (done < length) {
            if (!outstanding.remove(ResponseRecord.cookie(from, offset + done))) {
                if (done > 0) {
                    return done;
                }
                refused++;
                throw new CallFailed("write", Errno.EINVAL);
            }
            taken++;
            done += ResponseRecord.SIZE;
        }
        return length;
    }

    synchronized int taken() {
        return taken;
    }

    synchronized int refused() {
        return refused;
    }

    synchronized int outstanding() {
        return outstanding.size();
    }

    @Override
    public int event() {
        return 4;
    }

    @Override
    public void signal(int event) {}

    @Override
    public void clear(int event) {}

    @Override
    public void close(int descriptor) {}

    @Override
    public int open(String path) {
        throw new UnsupportedOperationException(path);
    }

    @Override
    public void adopt(int descriptor) {
        throw new UnsupportedOperationException("adopt");
    }

    @Override
    public boolean isAdopted(int descriptor) {
        throw new UnsupportedOperationException("isAdopted");
    }

    @Override
    public void ioctl(int descriptor, int request, ByteBuffer argument) {
        throw new UnsupportedOperationException("ioctl");
    }

    @Override
    public int poll(int first, int second, int timeoutMillis) {
        throw new UnsupportedOperationException("poll");
    }

    @Override
    public int connect(String path) {
        throw new UnsupportedOperationException(path);
    }

    @Override
    public int receiveDescriptor(int socket) {
        throw new UnsupportedOperationException("receiveDescriptor");
    }

    @Override
    public long address(ByteBuffer direct) {
        throw new UnsupportedOperationException("address");
    }
}
