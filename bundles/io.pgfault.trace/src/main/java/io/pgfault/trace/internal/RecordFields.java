// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.trace.TraceFormat;
import java.nio.ByteBuffer;

/** What a replay must know of a raw record before the unit reads it. Records are little-endian, at their position. */
public interface RecordFields {
    /** Whether this is a record of a fault at all; if not, the other fields mean nothing. */
    boolean isFault(ByteBuffer record);

    /** The requester id or StreamID. */
    int device(ByteBuffer record);

    /** The PASID or SubstreamID, {@code Pasid.NONE} if there is none. */
    int pasid(ByteBuffer record);

    /** Byte address that the fault is at. */
    long address(ByteBuffer record);

    /**
     * What the device needs of the page: READ, WRITE or both, bits of {@code Permissions}. 0 if the record asks for
     * no page, or for an execute alone, which no device makes.
     */
    int permissions(ByteBuffer record);

    /** What a record of a fault looks like, in words for a message. */
    String description();

    /** The fields of a raw format. */
    static RecordFields of(TraceFormat format) {
        return switch (format) {
            case PRQ -> new PrqFields();
            case EVTQ -> new EvtqFields();
            case PRIQ -> new PriqFields();
            case FTRACE, DMESG, LACKEY, FAULTS, ADDRESSES, IOPF, RECORDING ->
                throw new IllegalArgumentException(format + " has no raw records");
        };
    }
}
