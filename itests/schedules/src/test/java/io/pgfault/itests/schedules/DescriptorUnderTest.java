// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.iommufd.internal.driver.FaultDescriptor;
import io.pgfault.iommufd.internal.driver.WakeUp;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.parts.Taps;
import io.pgfault.userfault.spec.ResponseRecord;
import java.util.concurrent.TimeUnit;

/**
 * The real descriptor of iommufd's fault queue over a {@link SmallKernel}: these two are the only classes of this
 * module that name classes of iommufd.
 */
public final class DescriptorUnderTest {
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(10);

    private final SmallKernel kernel;
    private final FaultDescriptor descriptor;

    /** A descriptor whose kernel has that many groups waiting. */
    public DescriptorUnderTest(int groups) {
        kernel = new SmallKernel(groups);
        Taps<ResponseTap, ResponseCode> taps =
                new Taps<>(System.getLogger("taps"), (tap, record, code) -> tap.consumed(record, code));
        try {
            descriptor = new FaultDescriptor("iommufd0", kernel, 3, taps, new WakeUp("iommufd0", kernel));
        } catch (CallFailed e) {
            throw new AssertionError("this kernel has events", e);
        }
    }

    /** The tokens of the groups that are read now. */
    public long[] read() {
        try {
            long[] tokens = new long[descriptor.read()];
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = descriptor.token(i);
            }
            return tokens;
        } catch (CallFailed e) {
            throw new AssertionError("this kernel can be read", e);
        }
    }

    /** Leaves a response and has it written. */
    public boolean respond(long token) {
        boolean counted = descriptor.answer(token, ResponseRecord.SUCCESS);
        descriptor.flush();
        return counted;
    }

    /** Returns when every response that was left before has been written; false if the time was over first. */
    public boolean settle() {
        return descriptor.settle(LIMIT);
    }

    public void close() {
        descriptor.close();
    }

    /** How many responses the kernel has taken. */
    public int taken() {
        return kernel.taken();
    }

    /** How many groups the kernel has given away that are not answered. */
    public int outstanding() {
        return kernel.outstanding();
    }

    /** How many responses the kernel refused. */
    public int refused() {
        return kernel.refused();
    }
}
