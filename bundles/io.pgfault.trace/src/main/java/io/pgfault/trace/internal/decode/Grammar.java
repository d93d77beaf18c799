// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

/** The messages of one kind of IOMMU, in the forms that kernels have printed them. */
interface Grammar {
    /** Where the next message starts, at or after {@code from}; -1 if there is none. */
    int find(String text, int from);

    /** Reads the message that starts at {@code start}; what stands before it may name the device. */
    Reading read(String text, int start);
}
