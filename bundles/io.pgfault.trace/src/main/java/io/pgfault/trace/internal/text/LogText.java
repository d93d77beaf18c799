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
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads the text of a log block by block. Only lines that may matter become strings; of the others just the ends are
 * counted. Of a line longer than a block only the parts count that its blocks hold.
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
    private final LineIndex needles;
    private final byte[] block = new byte[BLOCK];
    private long lines = 1;

    /** A reader for the messages of these grammars; the records go to {@code sink}. */
    public LogText(List<LogGrammar> more, Consumer<LogRecord> sink) {
        SmmuGrammar smmu = new SmmuGrammar();
        this.outbox = new Outbox(sink);
        this.assembler = new LogAssembler(BuiltInGrammars.with(smmu, more), smmu, outbox, undecoded);
        this.needles = assembler.needles();
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
        if (outbox.records() == 0) {
            suspects.scan(block, to, lines);
        }
        int at = 0;
        while (at < to) {
            int start = at;
            if (!assembler.wantsNext()) {
                int found = needles.find(block, at, to);
                if (found < 0) {
                    lines += lineFeeds(at, to);
                    return;
                }
                start = found;
                while (start > at && block[start - 1] != '\n') {
                    start--;
                }
                lines += lineFeeds(at, start);
            }
            int stop = lineEnd(start, to);
            boolean ended = stop < to || !end;
            assembler.line(lines, new String(block, start, stop - start, StandardCharsets.UTF_8), ended);
            lines += stop < to ? 1 : 0;
            at = stop + 1;
        }
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
