// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import java.io.IOException;

/** A system call failed. */
public final class CallFailed extends IOException {
    private static final long serialVersionUID = 1;

    private final int errno;

    /**
     * A failure.
     *
     * @param call the failed call, in words
     * @param errno the reason, one of {@link Errno}
     */
    public CallFailed(String call, int errno) {
        super(call + ": " + Errno.words(errno));
        this.errno = errno;
    }

    /** The reason, one of {@link Errno}. */
    public int errno() {
        return errno;
    }
}
