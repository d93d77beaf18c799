// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.trace.internal.RecordedAccesses;
import java.io.IOException;
import java.nio.file.Path;

/** Opens files as memory accesses, whatever their format. */
public final class AccessFiles {
    private AccessFiles() {}

    /**
     * Reads the accesses of a file. Closing the source closes the file. In a file of recorded faults each request is an
     * access of its page; the requests of all devices and PASIDs are those of one program.
     *
     * @throws UnreadableInput if the file can't be read as this format
     */
    public static AccessSource open(TraceFile file, TraceFormat format) throws UnreadableInput {
        return switch (format) {
            case LACKEY -> new LackeyReader(file);
            case FTRACE, FAULTS -> new PageFaultReader(file);
            case ADDRESSES -> new AddressListReader(file);
            case IOPF -> new AccessFileReader(file);
            case PRQ, EVTQ, PRIQ, DMESG -> new RecordedAccesses(RecordSource.open(file, format));
            case RECORDING ->
                throw UnreadableInput.of(
                        file.name(), "is a recording of units, not of the accesses of a program; iopf replay reads it");
        };
    }

    /**
     * Reads the accesses of a file in the format that the file {@linkplain TraceFormat#detect has}.
     *
     * @throws IOException if there is no such file, or if it can't be read
     */
    public static AccessSource open(Path path) throws IOException {
        TraceFile file = TraceFile.open(path);
        boolean opened = false;
        try {
            AccessSource source = open(file, TraceFormat.detect(file));
            opened = true;
            return source;
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }
}
