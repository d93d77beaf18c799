// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/** A device that the kernel knows. One thread at a time. */
public interface KernelDevice extends AutoCloseable {
    /** The id by which its faults name it, 32 bits. */
    int id();

    /** From now on its faults go to the fault queue. */
    default void attach() throws CallFailed {}

    /** From when this returns none of its faults waits any more: the kernel has answered INVALID to what was left. */
    default void detach() throws CallFailed {}

    /** Gives the device back to the kernel. */
    @Override
    default void close() throws CallFailed {}
}
