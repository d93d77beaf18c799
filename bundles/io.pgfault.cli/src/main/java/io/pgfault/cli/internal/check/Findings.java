// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.check;

import java.io.PrintWriter;

/** What a check finds, printed line by line. One thread. */
final class Findings {
    private final PrintWriter out;
    private int failures;

    Findings(PrintWriter out) {
        this.out = out;
    }

    /** Begins the findings of a bundle. */
    void begin(String bundle) {
        out.println(bundle);
    }

    /** Something that is as it should be. */
    void good(String words) {
        out.println("  ok    " + words);
    }

    /** Something that fails, and what to do about it. */
    void bad(String words) {
        failures++;
        out.println("  FAILS " + words);
    }

    /** How many things fail so far. */
    int failures() {
        return failures;
    }
}
