// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Memory filled with eight bytes, again and again. */
final class Pattern {
    private Pattern() {}

    /** The checksum of {@code length} bytes of it, the pattern's lowest byte first. */
    static long crc32c(long pattern, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putLong(pattern);
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes.flip());
        return crc.getValue();
    }
}
