// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Searches blocks of bytes for many words in one pass, in time that hardly depends on how many words there are. Every
 * word has at least {@value #SHORTEST} characters, so that three bytes of the word stand at a multiple of four bytes
 * from the start of the pass. The pass looks at these three bytes only: one bit of a set of 65,536 says whether a word
 * may have them there, and then the words that have them are compared. Each word takes part with the four places of its
 * three bytes that are rarest in logs.
 *
 * <p>The reading thread alone uses a scan.
 */
final class NeedleScan {
    /** The fewest characters that a word may have. */
    static final int SHORTEST = 6;

    /** The most characters that a word may have. */
    static final int LONGEST = 8;

    /** How many bytes behind the searched part the block must have. */
    static final int PADDING = 8;

    private static final int STEP = 4;
    private static final int GRAM = 3;
    private static final int HASHES = 1 << 16;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** The commonest characters of logs, the commonest first. */
    private static final String COMMON = "e 0tasi1orn:2d3cl5u46.87m9p-fbghyvkw_/[]";

    /** Bit {@code h}: a word may have three bytes with hash {@code h}. */
    private final long[] bits = new long[HASHES / Long.SIZE];

    /** For each hash: 1 + the index of its first entry in {@link #words} and {@link #offsets}; 0 if it has none. */
    private final short[] first = new short[HASHES];

    /** For each entry: 1 + the index of the next entry with the same hash; 0 at the last one. */
    private short[] next = new short[0];

    private short[] words = new short[0];
    private byte[] offsets = new byte[0];
    private final long[] values;
    private final long[] masks;
    private final int[] lengths;

    /** Where the part of the block starts in which words may start. */
    private int floor;

    private int at;
    private int word;

    /** A scan for these words of ASCII. A word is known by its index. */
    NeedleScan(List<String> all) {
        values = new long[all.size()];
        masks = new long[all.size()];
        lengths = new int[all.size()];
        for (int i = 0; i < all.size(); i++) {
            byte[] bytes = all.get(i).getBytes(StandardCharsets.US_ASCII);
            if (bytes.length < SHORTEST || bytes.length > LONGEST) {
                throw new IllegalArgumentException(
                        "a word has %d to %d characters: %s".formatted(SHORTEST, LONGEST, all.get(i)));
            }
            lengths[i] = bytes.length;
            masks[i] = -1L >>> ((LONGEST - bytes.length) * Byte.SIZE);
            values[i] = (long) LONGS.get(Arrays.copyOf(bytes, LONGEST), 0);
            int from = rarest(bytes);
            for (int offset = from; offset < from + STEP; offset++) {
                add(i, offset, hash((int) (values[i] >>> (offset * Byte.SIZE))));
            }
        }
    }

    private void add(int index, int offset, int hash) {
        int entry = words.length;
        words = Arrays.copyOf(words, entry + 1);
        offsets = Arrays.copyOf(offsets, entry + 1);
        next = Arrays.copyOf(next, entry + 1);
        words[entry] = (short) index;
        offsets[entry] = (byte) offset;
        next[entry] = first[hash];
        first[hash] = (short) (entry + 1);
        bits[hash >>> 6] |= 1L << hash;
    }

    /** Where the four neighbouring places of three bytes start that are the rarest of the word. */
    private static int rarest(byte[] word) {
        int best = 0;
        double least = Double.MAX_VALUE;
        for (int from = 0; from + STEP + GRAM - 1 <= word.length; from++) {
            double sum = 0;
            for (int offset = from; offset < from + STEP; offset++) {
                sum += share(word[offset]) * share(word[offset + 1]) * share(word[offset + 2]);
            }
            if (sum < least) {
                least = sum;
                best = from;
            }
        }
        return best;
    }

    /** How common a character is, roughly. */
    private static double share(byte c) {
        int place = COMMON.indexOf(c);
        return place < 0 ? 0.5 / COMMON.length() : 1.0 - place / (COMMON.length() + 1.0);
    }

    /** The hash of the lower three bytes, 16 bits. */
    private static int hash(int bytes) {
        return ((bytes << 8) * 0x9e3779b1) >>> 16;
    }

    private int mayBe(int bytes) {
        int hash = hash(bytes);
        return (int) (bits[hash >>> 6] >>> hash) & 1;
    }

    /** The next search starts here. */
    void from(int start) {
        floor = start;
        at = start;
    }

    /**
     * Searches on. Words are found in about the order of their places.
     *
     * @param block what is searched; {@link #PADDING} bytes behind {@code to} are its own
     * @param to end of the searched part
     * @param among searches for the words with a smaller index than this
     * @return where the word starts, -1 if none is left; {@link #word} tells which
     */
    int next(byte[] block, int to, int among) {
        int i = at;
        while (true) {
            while (i + 4 * STEP <= to) {
                long lower = (long) LONGS.get(block, i);
                long upper = (long) LONGS.get(block, i + Long.BYTES);
                if ((mayBe((int) lower)
                                | mayBe((int) (lower >>> 32))
                                | mayBe((int) upper)
                                | mayBe((int) (upper >>> 32)))
                        != 0) {
                    break;
                }
                i += 4 * STEP;
            }
            if (i >= to) {
                at = i;
                return -1;
            }
            int end = Math.min(i + 4 * STEP, to);
            for (; i < end; i += STEP) {
                int gram = (int) INTS.get(block, i);
                if (mayBe(gram) != 0) {
                    int found = compare(block, i, hash(gram), to, among);
                    if (found >= 0) {
                        at = i + STEP;
                        return found;
                    }
                }
            }
        }
    }

    /** Of several words that have the three bytes at this place, the one with the smallest index counts. */
    private int compare(byte[] block, int place, int hash, int to, int among) {
        int least = among;
        int found = -1;
        for (int entry = first[hash]; entry != 0; entry = next[entry - 1]) {
            int index = words[entry - 1];
            int start = place - offsets[entry - 1];
            if (index < least
                    && start >= floor
                    && start + lengths[index] <= to
                    && ((long) LONGS.get(block, start) & masks[index]) == values[index]) {
                least = index;
                found = start;
            }
        }
        word = least;
        return found;
    }

    /** Index of the word that was found last. */
    int word() {
        return word;
    }
}
