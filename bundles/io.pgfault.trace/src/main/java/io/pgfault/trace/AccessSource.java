// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import java.io.Closeable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The memory accesses of a program, one after the other. A source reads its file front to back in constant memory.
 * Closing the source closes the file. One thread at a time.
 */
@ProviderType
public interface AccessSource extends Closeable {
    /**
     * Goes to the next access.
     *
     * @return false at the end
     * @throws UnreadableInput if the file ends without a single access, or is damaged or cut
     */
    boolean next() throws UnreadableInput;

    /** What the access needs, bits of {@code Permissions}: READ, WRITE or both. */
    int permissions();

    /** Address of the first byte of the access. */
    long address();

    /** Size of the access in bytes, at least 1. */
    int size();

    /** The number of the line or, in a binary file, of the record that the access stands in, from 1. */
    long line();

    /** How many accesses have been read so far. */
    long accesses();

    /** The file's name. */
    String name();
}
