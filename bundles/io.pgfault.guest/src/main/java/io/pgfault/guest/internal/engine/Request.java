// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.engine;

import io.pgfault.api.dma.Descriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What a guest asks of an engine, 48 bytes, little-endian.
 *
 * <pre>
 *  0  u64 token        echoed by the reply
 *  8  u32 operation    0 COPY, 1 FILL, 2 COMPARE, 3 CRC32C, 4 ACCESS
 * 12  u32 permissions  of ACCESS, else 0
 * 16  u64 source       in bytes; of ACCESS: the address
 * 24  u64 destination  in bytes
 * 32  u64 length       in bytes
 * 40  u64 pattern
 * </pre>
 *
 * @param token chosen by the guest
 * @param operation a number of the table above
 * @param permissions bits of {@code Permissions}
 * @param source address in bytes
 * @param destination address in bytes
 * @param length in bytes, 0 or more
 * @param pattern eight bytes to fill with
 */
record Request(long token, int operation, int permissions, long source, long destination, long length, long pattern) {
    /** Size in bytes. */
    static final int SIZE = 48;

    private static final int ACCESS = 4;

    /** Asks for a descriptor. */
    static Request of(long token, Descriptor d) {
        int operation =
                switch (d.operation()) {
                    case COPY -> 0;
                    case FILL -> 1;
                    case COMPARE -> 2;
                    case CRC32C -> 3;
                };
        return new Request(token, operation, 0, d.source(), d.destination(), d.length(), d.pattern());
    }

    /** Asks for an access to one page. */
    static Request access(long token, long address, int permissions) {
        return new Request(token, ACCESS, permissions, address, 0, 0, 0);
    }

    /** Whether this is an access to one page. */
    boolean isAccess() {
        return operation == ACCESS;
    }

    /** The descriptor; empty if the operation is none, or the length is negative. */
    Optional<Descriptor> descriptor() {
        if (length < 0) {
            return Optional.empty();
        }
        return switch (operation) {
            case 0 -> Optional.of(Descriptor.copy(source, destination, length));
            case 1 -> Optional.of(Descriptor.fill(destination, length, pattern));
            case 2 -> Optional.of(Descriptor.compare(source, destination, length));
            case 3 -> Optional.of(Descriptor.crc32c(source, length));
            default -> Optional.empty();
        };
    }

    /** The bytes of the message, ready to be written. */
    ByteBuffer encode() {
        return ByteBuffer.allocate(SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(token)
                .putInt(operation)
                .putInt(permissions)
                .putLong(source)
                .putLong(destination)
                .putLong(length)
                .putLong(pattern)
                .flip();
    }

    /** Reads the message that a buffer holds from its first byte. */
    static Request decode(ByteBuffer bytes) {
        ByteBuffer b = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return new Request(
                b.getLong(0), b.getInt(8), b.getInt(12), b.getLong(16), b.getLong(24), b.getLong(32), b.getLong(40));
    }
}
