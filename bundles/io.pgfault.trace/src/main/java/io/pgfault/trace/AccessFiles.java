// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

/** Opens files of memory accesses, whatever their format. */
public final class AccessFiles {
    private AccessFiles() {}

    /**
     * Reads the accesses of a file. Closing the source closes the file.
     *
     * @throws UnreadableInput if the format is not one of accesses
     */
    public static AccessSource open(TraceFile file, TraceFormat format) throws UnreadableInput {
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
}
