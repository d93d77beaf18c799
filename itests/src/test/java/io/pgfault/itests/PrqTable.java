// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * What a VT-d unit must answer to a dump of its page request queue, record by record, straight from the rules V05 to
 * V09 and C07, with no code of ours. Everything that passes the checks is granted.
 *
 * @param responses page group response descriptors as hexadecimal words, sorted
 */
record PrqTable(
        long records,
        long requests,
        long groups,
        long success,
        long invalid,
        long stopMarkers,
        long badRequests,
        List<String> responses) {

    private record Key(long requester, long pasid, long group) {}

    static PrqTable of(byte[] dump, int addressBits, IntPredicate known) {
        ByteBuffer words = ByteBuffer.wrap(dump).order(ByteOrder.LITTLE_ENDIAN);
        Set<Key> poisoned = new HashSet<>();
        List<String> responses = new ArrayList<>();
        long requests = 0;
        long groups = 0;
        long success = 0;
        long stopMarkers = 0;
        long bad = 0;
        long records = dump.length / 32;
        for (int i = 0; i < records; i++) {
            long w0 = words.getLong(i * 32);
            long w1 = words.getLong(i * 32 + 8);
            boolean hasPasid = bit(w0, 8);
            boolean hasPrivate = bit(w0, 9);
            long requester = w0 >>> 16 & 0xffff;
            long pasid = hasPasid ? w0 >>> 32 & 0xfffff : 0;
            boolean exec = bit(w0, 52);
            boolean priv = bit(w0, 53);
            boolean read = bit(w1, 0);
            boolean write = bit(w1, 1);
            boolean last = bit(w1, 2);
            long group = w1 >>> 3 & 0x1ff;
            long top = w1 >> (addressBits - 1);
            Key key = new Key(requester, hasPasid ? pasid : -1, group);
            boolean deviceKnown = known.test((int) requester);
            int answer = -1;
            boolean canonical = top == 0 || top == -1;
            if (!canonical || (priv && (read || write)) || (exec && read)) {
                bad++;
                if (last) {
                    answer = 1;
                    poisoned.remove(key);
                } else if (deviceKnown) {
                    poisoned.add(key);
                }
            } else if (last && !read && !write) {
                stopMarkers++;
            } else if (!deviceKnown) {
                bad++;
                answer = last ? 1 : -1;
            } else {
                requests++;
                if (last) {
                    groups++;
                    answer = poisoned.remove(key) ? 1 : 0;
                }
            }
            if (answer >= 0) {
                success += answer == 0 ? 1 : 0;
                long r0 = 9 | (hasPasid ? 1L << 4 : 0) | (long) answer << 12 | requester << 16 | pasid << 32;
                long r2 = hasPrivate ? words.getLong(i * 32 + 16) : 0;
                long r3 = hasPrivate ? words.getLong(i * 32 + 24) : 0;
                responses.add(text(r0, group << 3, r2, r3));
            }
        }
        responses.sort(null);
        return new PrqTable(
                records, requests, groups, success, responses.size() - success, stopMarkers, bad, responses);
    }

    /** Response records of a file, in the same form. */
    static List<String> responses(byte[] file) {
        ByteBuffer words = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        List<String> responses = new ArrayList<>();
        while (words.hasRemaining()) {
            responses.add(text(words.getLong(), words.getLong(), words.getLong(), words.getLong()));
        }
        responses.sort(null);
        return responses;
    }

    private static boolean bit(long word, int bit) {
        return (word >>> bit & 1) != 0;
    }

    private static String text(long... words) {
        return "%016x %016x %016x %016x".formatted(words[0], words[1], words[2], words[3]);
    }
}
