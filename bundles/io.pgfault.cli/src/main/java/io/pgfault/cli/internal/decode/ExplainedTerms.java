// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.explain.FaultGlossary;
import io.pgfault.trace.explain.Term;
import java.io.PrintWriter;
import java.util.List;

/** The answer to {@code --explain}: what an event, a reason, a bit or a message means, without a log. */
final class ExplainedTerms {
    /** More terms than these are only named. */
    private static final int MOST = 8;

    private ExplainedTerms() {}

    /**
     * Prints what the words mean.
     *
     * @throws BadInput if the glossary lacks the words; the message has near ones
     */
    static void print(String words, PrintWriter out, boolean colour) throws BadInput {
        FaultGlossary glossary = new FaultGlossary();
        List<Term> terms = glossary.explain(words);
        if (terms.isEmpty()) {
            throw new BadInput("--explain " + words + ": no event, reason or message that iopf knows; near are "
                    + String.join(", ", glossary.near(words)));
        }
        if (terms.size() > MOST) {
            RecordWords.line(
                    out,
                    "several",
                    String.join("; ", terms.stream().map(Term::name).toList()));
            out.flush();
            return;
        }
        for (Term term : terms) {
            out.println(Colour.BOLD.of(term.name(), colour) + ", " + term.kind());
            RecordWords.line(out, "means", term.meaning());
            RecordWords.line(out, "source", term.source());
            for (Cause cause : term.causes()) {
                RecordWords.line(out, "likely", Colour.RED.of(cause.cause(), colour));
                RecordWords.line(out, "next", cause.check());
            }
            if (term.causes().size() > 1) {
                RecordWords.line(
                        out,
                        "",
                        Colour.DIM.of(
                                "Which of these is likely depends on the address and the"
                                        + " access: give iopf decode the log.",
                                colour));
            }
            out.println();
        }
        out.flush();
    }
}
