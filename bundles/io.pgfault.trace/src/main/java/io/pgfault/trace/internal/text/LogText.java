// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.internal.records.Outbox;
import io.pgfault.trace.internal.smmuv3.SmmuGrammar;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads the text of a log block by block. Only lines that may matter become strings; of all other lines the reader
 * counts only the line feeds. A line that is longer than a block is read in parts.
 */
public final class LogText {
    private static final int BLOCK = 1 << 18;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LINE_FEEDS = 0x0a0a_0a0a_0a0a_0a0aL;
    private static final long LOW_BITS = 0x7f7f_7f7f_7f7f_7f7fL;

    private final UndecodedLines undecoded = new UndecodedLines();
    private final Outbox outbox;
    private final LogAssembler assembler;
    private final SuspectLines suspects = new SuspectLines(undecoded);
    private final NeedleScan scan;

    /** How many words of the scan are needles; the others are the suspects'. */
    private final int needles;

    private final byte[] block = new byte[BLOCK + NeedleScan.PADDING];

    /** Number of the line in which the byte at {@link #counted} stands. */
    private long lines = 1;

    private int counted;

    /** A reader for the messages of these grammars; the records go to {@code sink}. */
    public LogText(List<LogGrammar> more, Consumer<LogRecord> sink) {
        SmmuGrammar smmu = new SmmuGrammar();
        this.outbox = new Outbox(sink);
        this.assembler = new LogAssembler(BuiltInGrammars.with(smmu, more), smmu, outbox, undecoded);
        List<String> words = new ArrayList<>(assembler.needles().words());
        this.needles = words.size();
        words.addAll(SuspectLines.WORDS);
        this.scan = new NeedleScan(words);
    }

    /** The lines that look like an IOMMU's and gave no complete record. */
    public UndecodedLines undecoded() {
        return undecoded;
    }

    /** Reads all of a file; {@code progress} runs after each block. */
    public void read(TraceFile file, Runnable progress) throws UnreadableInput {
        int kept = 0;
        boolean end = false;
        while (!end) {
            int filled = kept;
            while (filled < BLOCK && !end) {
                int n = file.read(block, filled, BLOCK - filled);
                end = n < 0;
                filled += Math.max(n, 0);
            }
            int whole = end ? filled : lastLineEnd(filled);
            scan(whole, end);
            kept = filled - whole;
            System.arraycopy(block, whole, block, 0, kept);
            progress.run();
        }
        assembler.end();
    }

    private int lastLineEnd(int filled) {
        int at = filled;
        while (at > 0 && block[at - 1] != '\n') {
            at--;
        }
        return at == 0 ? filled : at;
    }

    private void scan(int to, boolean end) {
        counted = 0;
        int at = 0;
        while (at < to) {
            int start = at;
            if (!assembler.wantsNext()) {
                int found = needle(at, to);
                if (found < 0) {
                    break;
                }
                start = lineStart(found, at);
            }
            int stop = lineEnd(start, to);
            boolean ended = stop < to || !end;
            assembler.line(numberAt(start), new String(block, start, stop - start, StandardCharsets.UTF_8), ended);
            at = stop + 1;
        }
        numberAt(to);
    }

    /** Where the next needle stands, -1 if there is none. The search reads the suspects before the needle too. */
    private int needle(int from, int to) {
        scan.from(from);
        while (true) {
            boolean all = outbox.records() == 0 && suspects.wanted();
            int found = scan.next(block, to, all ? Integer.MAX_VALUE : needles);
            if (found < 0 || scan.word() < needles) {
                return found;
            }
            int start = lineStart(found, from);
            // A needle of the same line may come before the suspect's word; its line is counted once.
            suspects.line(numberAt(start), block, start, lineEnd(start, to));
        }
    }

    private int lineStart(int in, int from) {
        int start = in;
        while (start > from && block[start - 1] != '\n') {
            start--;
        }
        return start;
    }

    /** Number of the line at this place, which lies behind the last one asked for. */
    private long numberAt(int place) {
        if (place > counted) {
            lines += lineFeeds(counted, place);
            counted = place;
        }
        return lines;
    }

    /** Index of the first line feed, {@code to} if there is none: eight bytes at a time. */
    private int lineEnd(int from, int to) {
        int at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            long feeds = lineFeeds((long) LONGS.get(block, at));
            if (feeds != 0) {
                return at + Long.numberOfTrailingZeros(feeds) / Byte.SIZE;
            }
        }
        while (at < to && block[at] != '\n') {
            at++;
        }
        return at;
    }

    /** The upper bit of each byte that is a line feed. */
    private static long lineFeeds(long bytes) {
        long different = bytes ^ LINE_FEEDS;
        return ~(((different & LOW_BITS) + LOW_BITS) | different | LOW_BITS);
    }

    /** How many line feeds there are: eight bytes at a time. */
    private long lineFeeds(int from, int to) {
        long count = 0;
        int at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            count += Long.bitCount(lineFeeds((long) LONGS.get(block, at)));
        }
        for (; at < to; at++) {
            count += block[at] == '\n' ? 1 : 0;
        }
        return count;
    }
}
