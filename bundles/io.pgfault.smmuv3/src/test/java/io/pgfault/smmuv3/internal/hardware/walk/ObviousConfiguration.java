// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import static io.pgfault.smmuv3.internal.hardware.walk.ObviousWalker.bit;
import static io.pgfault.smmuv3.internal.hardware.walk.ObviousWalker.field;

import io.pgfault.smmuv3.internal.hardware.walk.ObviousWalker.Outcome;

/** The lookup of a configuration as IHI 0070 F.b §5 tells it, written from the text and without the code under test. */
final class ObviousConfiguration {
    private final WordMemory memory;
    private final long base;
    private final int log2;
    private final int split;

    /** {@code split} is 0 for a linear table. */
    ObviousConfiguration(WordMemory memory, long base, int log2, int split) {
        this.memory = memory;
        this.base = base;
        this.log2 = log2;
        this.split = split;
    }

    /** The event, with word 3 in hexadecimal where it has one; or the context descriptor's address and the stages. */
    String find(long stream, long substream) {
        if (stream >= 1L << log2) {
            return "C_BAD_STREAMID";
        }
        long ste;
        if (split == 0) {
            ste = base / (64L << log2) * (64L << log2) + 64 * stream;
        } else {
            long bytes = log2 > split ? 8L << (log2 - split) : 8;
            long table = base / Math.max(64, bytes) * Math.max(64, bytes);
            long at = table + 8 * (stream >> split);
            if (!memory.contains(at)) {
                return "F_STE_FETCH " + Long.toHexString(at);
            }
            long span = field(memory.load(at), 4, 0);
            long inner = field(stream, split - 1, 0);
            if (span == 0 || span >= 12 || span > split + 1 || inner >= 1L << (span - 1)) {
                return "C_BAD_STREAMID";
            }
            long second = field(memory.load(at), 55, 6) * 64;
            ste = second - second % (64L << (span - 1)) + 64 * inner;
        }
        if (!memory.contains(ste)) {
            return "F_STE_FETCH " + Long.toHexString(ste);
        }
        long[] words = new long[4];
        for (int i = 0; i < 4; i++) {
            words[i] = memory.load(ste + 8L * i);
        }
        return entry(words, substream);
    }

    private String entry(long[] ste, long substream) {
        if (!bit(ste[0], 0)) {
            return "C_BAD_STE";
        }
        if (!bit(ste[0], 3)) {
            return "abort";
        }
        boolean first = bit(ste[0], 1);
        boolean second = bit(ste[0], 2);
        if (first && (field(ste[0], 63, 59) > 20 || field(ste[0], 55, 48) != 0)) {
            return "C_BAD_STE";
        }
        if (second && !legalSecond(ste)) {
            return "C_BAD_STE";
        }
        long eats = field(ste[1], 29, 28);
        boolean s2s = second && bit(ste[2], 57);
        if ((first || second) && ((eats == 2 && !(first && second && !s2s)) || (eats == 1 && s2s))) {
            return "C_BAD_STE";
        }
        long cdMax = field(ste[0], 63, 59);
        if (!first) {
            return substream >= 0 ? "C_BAD_SUBSTREAMID" : second ? "stage 2" : "bypass";
        }
        if (cdMax == 0) {
            return substream >= 0 ? "C_BAD_SUBSTREAMID" : context(ste, 0, cdMax);
        }
        long s1dss = field(ste[1], 1, 0);
        if (substream >= 1L << cdMax) {
            return "C_BAD_SUBSTREAMID";
        }
        if (substream < 0 && s1dss == 1) {
            return second ? "stage 2" : "bypass";
        }
        if ((substream < 0 && s1dss != 2) || (substream == 0 && s1dss == 2)) {
            return "F_STREAM_DISABLED";
        }
        return context(ste, Math.max(substream, 0), cdMax);
    }

    private static boolean legalSecond(long[] ste) {
        long t0sz = field(ste[2], 37, 32);
        long sl0 = field(ste[2], 39, 38);
        int[] ps = {32, 36, 40, 42, 44, 48, 48, 48};
        if (t0sz < 16 || t0sz > 39 || sl0 == 3) {
            return false;
        }
        int low = new int[] {21, 30, 39}[(int) sl0];
        long startBits = 64 - t0sz - low;
        return startBits >= 1
                && startBits <= 13
                && field(ste[2], 47, 46) == 0
                && bit(ste[2], 51)
                && !bit(ste[2], 52)
                && field(ste[3], 51, 4) * 16 < 1L << ps[(int) field(ste[2], 50, 48)];
    }

    private String context(long[] ste, long substream, long cdMax) {
        long pointer = field(ste[0], 55, 6) * 64;
        long format = field(ste[0], 5, 4);
        long at;
        if (cdMax > 0 && (format == 1 || format == 2)) {
            int inner = format == 1 ? 6 : 10;
            long entries = cdMax > inner ? 1L << (cdMax - inner) : 1;
            long bytes = Math.max(64, 8 * entries);
            long first = pointer - pointer % bytes + 8 * (substream >> inner);
            Outcome located = locate(ste, first);
            if (located.event() != null) {
                return fault(located);
            }
            long from = located.address() + first % 4096;
            if (!memory.contains(from)) {
                return "F_CD_FETCH " + Long.toHexString(from);
            }
            long l1cd = memory.load(from);
            if (!bit(l1cd, 0) || field(l1cd, 55, 48) != 0) {
                return "C_BAD_SUBSTREAMID";
            }
            long table = field(l1cd, 47, 12) * 4096;
            at = table - table % (64L << inner) + 64 * field(substream, inner - 1, 0);
        } else {
            at = pointer - pointer % (64L << cdMax) + 64 * substream;
        }
        Outcome located = locate(ste, at);
        if (located.event() != null) {
            return fault(located);
        }
        long from = located.address() + at % 4096;
        if (!memory.contains(from)) {
            return "F_CD_FETCH " + Long.toHexString(from);
        }
        return legal(memory.load(from), memory.load(from + 8), memory.load(from + 16), bit(ste[1], 27))
                ? (bit(ste[0], 2) ? "nested asid " : "stage 1 asid ") + field(memory.load(from), 63, 48)
                : "C_BAD_CD";
    }

    private Outcome locate(long[] ste, long address) {
        if (!bit(ste[0], 2)) {
            return new Outcome(null, false, 0, "", 0, address >>> 12 << 12, 12, "");
        }
        return new ObviousWalker(memory, null, ste).locate(address);
    }

    private static String fault(Outcome outcome) {
        return outcome.event() + " s2 CD " + Long.toHexString(outcome.word3());
    }

    private static boolean legal(long word0, long word1, long word2, boolean stallDisabled) {
        int[] ips = {32, 36, 40, 42, 44, 48, 48, 48};
        long limit = 1L << ips[(int) field(word0, 34, 32)];
        if (!bit(word0, 31) || !bit(word0, 41) || !bit(word0, 46) || (stallDisabled && bit(word0, 44))) {
            return false;
        }
        if (bit(word0, 15) && !(bit(word0, 14) && bit(word0, 30))) {
            return false;
        }
        long t0sz = field(word0, 5, 0);
        long t1sz = field(word0, 21, 16);
        boolean low = t0sz >= 16 && t0sz <= 39 && field(word0, 7, 6) == 0 && field(word1, 51, 4) * 16 < limit;
        boolean high = t1sz >= 16 && t1sz <= 39 && field(word0, 23, 22) == 2 && field(word2, 51, 4) * 16 < limit;
        return (low || bit(word0, 14)) && (high || bit(word0, 30));
    }
}
