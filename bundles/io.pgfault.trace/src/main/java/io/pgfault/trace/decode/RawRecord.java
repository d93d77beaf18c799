// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import io.pgfault.trace.TraceFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;

/**
 * A record as the hardware wrote it.
 *
 * @param format the ring it is of, one of the {@linkplain TraceFormat#raw raw} formats
 * @param words its 64-bit words, as many as the format has
 */
public record RawRecord(TraceFormat format, List<Long> words) {
    /** Checks the number of words. */
    public RawRecord {
        words = List.copyOf(words);
        if (words.size() * Long.BYTES != format.recordSize()) {
            throw new IllegalArgumentException(
                    "a record of %s has %d bytes, not %d words".formatted(format, format.recordSize(), words.size()));
        }
    }

    /** The record's bytes, as they stand in the ring: little-endian. */
    public byte[] bytes() {
        ByteBuffer bytes = ByteBuffer.allocate(format.recordSize()).order(ByteOrder.LITTLE_ENDIAN);
        words.forEach(bytes::putLong);
        return bytes.array();
    }

    /** The words, one after the other, in hexadecimal. */
    public Stream<String> hex() {
        return words.stream().map("0x%016x"::formatted);
    }
}
