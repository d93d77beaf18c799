// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.kinds;

import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.MessageScanner;
import io.pgfault.trace.grammar.ParsedField;
import io.pgfault.trace.grammar.Reading;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What the kernel says when it left messages of an IOMMU's driver out, because too many came at a time.
 *
 * <pre>
 * arm_smmu_evtq_thread: 123 callbacks suppressed
 * </pre>
 */
public final class SuppressedGrammar implements LogGrammar {
    private static final String MESSAGE = " callbacks suppressed";
    private static final String BEFORE = " call";
    private static final int MOST_DIGITS = 9;
    private static final Pattern OF_IOMMU = Pattern.compile("iommu|smmu|dmar|dart|ipmmu|sysmmu|prq_event|qi_");

    @Override
    public List<String> needles() {
        return List.of("backs su");
    }

    @Override
    public int start(String text, int needle) {
        int message = LogGrammar.startOf(text, needle - BEFORE.length(), MESSAGE);
        int at = message;
        while (at > 0 && text.charAt(at - 1) >= '0' && text.charAt(at - 1) <= '9') {
            at--;
        }
        if (message < 0 || at == message || message - at > MOST_DIGITS || at < 3 || !text.startsWith(": ", at - 2)) {
            return -1;
        }
        return OF_IOMMU.matcher(function(text, at)).find() ? at : -1;
    }

    /** The name of the kernel's function that stands before the number. */
    private static String function(String text, int number) {
        int end = number - 2;
        int from = end;
        while (from > 0 && Characters.isWord(text.charAt(from - 1))) {
            from--;
        }
        return text.substring(from, end);
    }

    @Override
    public Reading read(String text, int start) {
        MessageScanner scan = new MessageScanner(text, start);
        long messages = scan.decimalOf(MOST_DIGITS);
        scan.literal("callbacks").literal("suppressed");
        return Reading.of(
                scan, scan.ok() ? new ParsedField.Missing(messages, function(text, start)) : new ParsedField.Nothing());
    }
}
