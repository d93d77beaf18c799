// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import java.util.function.LongSupplier;

/**
 * Frames of the guest's memory for a {@link ShadowTable}: the anonymous pages of an address space of their own, which
 * no reclaim takes and which are freed with the address space. One thread at a time takes frames.
 */
public final class ShadowFrames implements LongSupplier, AutoCloseable {
    private static final long START = 1L << 32;
    /** More tables than any memory of 4 GiB has room for. */
    private static final int MOST = 1 << 20;

    private final AddressSpace space;
    /** Read and written by the thread that takes frames. */
    private int taken;

    /** @param name the device's name */
    public ShadowFrames(Sva sva, String name) {
        this.space = sva.create("tables of " + name);
        space.mmap(START, (long) MOST * Translation.PAGE_SIZE, Permissions.READ | Permissions.WRITE, false);
    }

    /** The address of a frame of zeros; 0 if none is left. */
    @Override
    public long getAsLong() {
        if (taken == MOST) {
            return ShadowTable.NONE;
        }
        long address = START + (long) taken * Translation.PAGE_SIZE;
        if (space.populate(address, Permissions.WRITE) != ResponseCode.SUCCESS) {
            return ShadowTable.NONE;
        }
        taken++;
        return Translation.address(space.walk(address));
    }

    /** Frees the frames: no device uses the tables any more. */
    @Override
    public void close() {
        space.close();
    }
}
