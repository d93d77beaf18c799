// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Little-endian 64-bit words in buffers of any order. */
final class Words {
    private Words() {}

    static long get(ByteBuffer buffer, int offset, int word) {
        return swap(buffer, buffer.getLong(offset + Long.BYTES * word));
    }

    static void put(ByteBuffer buffer, int offset, long word0, long word1, long word2, long word3) {
        buffer.putLong(offset, swap(buffer, word0));
        buffer.putLong(offset + 8, swap(buffer, word1));
        buffer.putLong(offset + 16, swap(buffer, word2));
        buffer.putLong(offset + 24, swap(buffer, word3));
    }

    private static long swap(ByteBuffer buffer, long word) {
        return buffer.order() == ByteOrder.LITTLE_ENDIAN ? word : Long.reverseBytes(word);
    }
}
