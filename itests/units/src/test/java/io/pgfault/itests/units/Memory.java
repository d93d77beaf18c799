// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.bind.SvaService;
import io.pgfault.sva.internal.memory.SystemMemory;

/**
 * The SVA service and its memory without a container.
 *
 * @param sva the service
 * @param physical the memory behind the address spaces of the service
 */
record Memory(Sva sva, PhysicalMemory physical) {
    /** @param frames how many frames of 4 KiB the memory has */
    static Memory of(IoPageFaults faults, int frames) {
        SystemMemory memory = new SystemMemory(frames);
        return new Memory(new SvaService(faults, memory), memory);
    }

    /** The service with memory of the default size. */
    static Sva sva(IoPageFaults faults) {
        return new SvaService(faults, new SystemMemory());
    }
}
