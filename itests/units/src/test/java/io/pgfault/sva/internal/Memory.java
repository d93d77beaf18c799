// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.Sva;

/**
 * The SVA service and its memory without their container.
 *
 * @param sva the service
 * @param physical the memory behind what it maps
 */
public record Memory(Sva sva, PhysicalMemory physical) {
    /** Memory of so many frames. */
    public static Memory of(IoPageFaults faults, int frames) {
        PageFrames memory = new PageFrames(frames);
        return new Memory(new SvaService(faults, memory), memory);
    }

    /** The service, for who needs no memory to speak of. */
    public static Sva sva(IoPageFaults faults) {
        return new SvaService(faults, new PageFrames());
    }
}
