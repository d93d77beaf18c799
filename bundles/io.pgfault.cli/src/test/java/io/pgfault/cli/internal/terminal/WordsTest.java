// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which command the cursor is in. */
class WordsTest {
    @Test
    void aCommandBeginsBehindAPipe_aSemicolon_andAnAnd() {
        List<String> line = List.of("devices", "|", "grep", "nic0", ";", "inject", "nic0", "");
        assertThat(Words.at(line, 0, "dev")).isEqualTo(new Words(List.of(), "dev"));
        assertThat(Words.at(line, 2, "gr").isName()).isTrue();
        assertThat(Words.at(line, 3, "ni")).isEqualTo(new Words(List.of("grep"), "ni"));
        assertThat(Words.at(line, 7, "")).isEqualTo(new Words(List.of("inject", "nic0"), ""));
    }
}
