// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import java.nio.ByteBuffer;

/**
 * What all descriptors of the invalidation queue have in common (VT-d 4.1 §6.5.2): 32 bytes each, the 256-bit format,
 * with the type in word 0 bits 11:9 and 3:0.
 */
public final class InvalidationDescriptor {
    /** Size in bytes. */
    public static final int SIZE = 32;

    private InvalidationDescriptor() {}

    /**
     * Type, 7 bits: bits 6:4 from word 0 bits 11:9, bits 3:0 from word 0 bits 3:0. {@link WaitDescriptor#TYPE}, {@link
     * PageGroupResponseDescriptor#TYPE} or another.
     */
    public static int type(long word0) {
        return (int) (((word0 >>> 5) & 0x70) | (word0 & 0xf));
    }

    /** Reads one of a descriptor's words, 0 to 3; see {@link PageRequestDescriptor#word}. */
    public static long word(ByteBuffer buffer, int offset, int word) {
        return Words.get(buffer, offset, word);
    }

    /** Writes a descriptor; see {@link PageRequestDescriptor#encode(ByteBuffer, int, long, long, long, long)}. */
    public static void encode(ByteBuffer buffer, int offset, long word0, long word1, long word2, long word3) {
        Words.put(buffer, offset, word0, word1, word2, word3);
    }
}
