// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** An operator is told of a mistake once while it stays. */
class MistakesTest {
    private static final PidState GOOD = new PidState("io.pgfault.core", "active", "");
    private static final PidState TYPO =
            new PidState("io.pgfault.core", "warning", "property deadline.milis = 50 is not known and has no effect");
    private static final PidState LOST = new PidState("io.pgfault.endpoint.pcie~lost", "waits", "no unit");

    private final Mistakes mistakes = new Mistakes();

    @Test
    void whatStaysWrong_isTold_once() {
        assertThat(look(GOOD)).isEmpty();
        assertThat(look(GOOD, TYPO))
                .containsExactly("io.pgfault.core: property deadline.milis = 50 is not known and has no effect");
        assertThat(look(GOOD, TYPO)).isEmpty();
        assertThat(look(GOOD, TYPO, LOST)).containsExactly("io.pgfault.endpoint.pcie~lost: no unit");
    }

    @Test
    void whatComesBack_isToldAgain() {
        assertThat(look(TYPO)).hasSize(1);
        assertThat(look(GOOD)).isEmpty();
        assertThat(look(TYPO)).hasSize(1);
    }

    @Test
    void whatPassesBetweenTwoLooks_isNotTold() {
        assertThat(mistakes.lines(List.of(LOST), List.of(GOOD))).isEmpty();
        assertThat(mistakes.lines(List.of(GOOD), List.of(LOST))).isEmpty();
        assertThat(look(LOST)).hasSize(1);
    }

    @Test
    void manyMistakes_areCut() {
        PidState[] many = IntStream.range(0, 50)
                .mapToObj(i -> new PidState("io.pgfault.x~" + i, "failed", "broken"))
                .toArray(PidState[]::new);
        assertThat(look(many)).hasSize(21).endsWith("30 more; the command iopf:status has a line for each");
        assertThat(look(many)).isEmpty();
    }

    private List<String> look(PidState... states) {
        return mistakes.lines(List.of(states), List.of(states));
    }
}
