// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;

/**
 * Storage for the requests of one group but its last, in order of arrival, four words each:
 *
 * <pre>
 *   0  address
 *   1  private data, low word
 *   2  private data, high word
 *   3  PASID 63:32 (-1 for none) · permissions 31:16 · flags 15:0
 * </pre>
 *
 * {@link RequestBlocks} pools the blocks. A thread that reads while another thread may answer checks the group's owner
 * after the read.
 */
public final class RequestBlock {
    private static final int WORDS = 4;

    private final long[] words;
    /** The next free block of the pool. */
    RequestBlock next;

    RequestBlock(int capacity) {
        words = new long[capacity * WORDS];
    }

    int capacity() {
        return words.length / WORDS;
    }

    void set(int i, int flags, int pasid, int permissions, long address, long private0, long private1) {
        int at = i * WORDS;
        words[at] = address;
        words[at + 1] = private0;
        words[at + 2] = private1;
        words[at + 3] = ((long) pasid << 32) | ((long) (permissions & 0xffff) << 16) | (flags & 0xffff);
    }

    /** Gives request {@code i} another address. The reporting thread, while no group has the block. */
    public void setAddress(int i, long address) {
        words[i * WORDS] = address;
    }

    /** Puts request {@code from} in the place of an earlier one. The reporting thread, while no group has the block. */
    public void move(int from, int to) {
        System.arraycopy(words, from * WORDS, words, to * WORDS, WORDS);
    }

    void copyTo(RequestBlock other, int count) {
        System.arraycopy(words, 0, other.words, 0, count * WORDS);
    }

    /** The address of request {@code i}. */
    public long address(int i) {
        return words[i * WORDS];
    }

    /** The permissions of request {@code i}. */
    public int permissions(int i) {
        return (int) (words[i * WORDS + 3] >>> 16) & 0xffff;
    }

    int flags(int i) {
        return (int) words[i * WORDS + 3] & 0xffff;
    }

    PageRequest request(int i, int groupId) {
        int at = i * WORDS;
        int pasid = (int) (words[at + 3] >> 32);
        return new PageRequest(
                flags(i),
                pasid == Pasid.NONE ? 0 : pasid,
                groupId,
                permissions(i),
                words[at],
                words[at + 1],
                words[at + 2]);
    }
}
