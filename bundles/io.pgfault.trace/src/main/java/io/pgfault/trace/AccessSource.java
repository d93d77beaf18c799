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
     * Reads the accesses of a file. Closing the source closes the file.
     *
     * @throws UnreadableInput if the format is not one of accesses
     */
    static AccessSource open(TraceFile file, TraceFormat format) throws UnreadableInput {
        return switch (format) {
            case LACKEY -> new LackeyReader(file);
            case FTRACE, FAULTS -> new PageFaultReader(file);
            case ADDRESSES -> new AddressListReader(file);
            case IOPF -> new AccessFileReader(file);
            case PRQ, EVTQ, PRIQ, DMESG ->
                throw UnreadableInput.of(
                        file.name(),
                        "a " + format.cliName()
                                + " file holds faults of a unit, not accesses of a program; these do: lackey, ftrace,"
                                + " faults, addresses, iopf");
        };
    }

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
