// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.ParsedField;
import io.pgfault.trace.grammar.Reading;
import java.util.List;

/**
 * Finds the lines of a journal in JSON whose message is a list of bytes. The bytes hide the needles of all other
 * grammars; once the line is peeled, these needles are there.
 */
final class JournalBytes implements LogGrammar {
    @Override
    public List<String> needles() {
        return List.of("SSAGE\":[", "GE\" : [ ");
    }

    @Override
    public int start(String text, int needle) {
        return -1;
    }

    @Override
    public Reading read(String text, int start) {
        return new Reading(Reading.State.BROKEN, new ParsedField.Nothing(), text.length());
    }
}
