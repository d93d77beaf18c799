// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** {@code stats --help} explains every counter. */
class CounterWordsTest {
    @Test
    void everyCounterIsExplainedOnALineThatFits() {
        StringWriter help = new StringWriter();
        StatsCommand.explained(null).usage(new PrintWriter(help, true));

        for (Counter counter : Counter.values()) {
            assertThat(help.toString().lines())
                    .as(counter.name())
                    .anyMatch(line -> line.startsWith("  " + CounterWords.name(counter))
                            && line.endsWith(CounterWords.meaning(counter)));
        }
        assertThat(help.toString().lines()).allMatch(line -> line.length() <= 100);
    }
}
