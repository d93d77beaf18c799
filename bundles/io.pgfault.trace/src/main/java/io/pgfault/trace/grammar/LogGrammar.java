// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.grammar;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The messages of one kind of IOMMU, in every form that its driver has printed. A bundle adds a kind: it registers its
 * grammar as an OSGi service of this type. The README of this bundle shows how in ten minutes; the kit checks a
 * grammar.
 *
 * <p>The thread that reads a log calls all methods. Logs may be read by several threads at the same time, so a grammar
 * has no state. A grammar that throws ends the reading of that log.
 */
@ConsumerType
public interface LogGrammar {
    /** The length of every needle, in characters. */
    int NEEDLE_LENGTH = 8;

    /**
     * The words that find a message: each has {@value #NEEDLE_LENGTH} characters of ASCII. Every message has one of the
     * words; other text rarely has one. Mail programs and Markdown change brackets, quotes and underscores, so that
     * words of letters, spaces and colons find more.
     */
    List<String> needles();

    /**
     * Finds the start of the message that has a needle.
     *
     * @param text the line, without what loggers and mail programs added
     * @param needle index of the needle in the line
     * @return index of the message's first character; -1 if no message of this kind has the needle there
     */
    int start(String text, int needle);

    /**
     * Reads one message. The text before the message may name the device.
     *
     * @param text the line; of a wrapped message, the lines joined
     * @param start what {@link #start} returned for the first line
     */
    Reading read(String text, int start);

    /** What probably went wrong, the likeliest first. Only fields that the record has count. */
    default List<Cause> causes(LogRecord record) {
        return List.of();
    }

    /** What the record says in words: its reason, its bits. One sentence each; the first one says what happened. */
    default List<String> notes(LogRecord record) {
        return List.of();
    }

    /** Returns {@code start} if this word stands there, else -1. */
    static int startOf(String text, int start, String word) {
        return start >= 0 && text.startsWith(word, start) ? start : -1;
    }
}
