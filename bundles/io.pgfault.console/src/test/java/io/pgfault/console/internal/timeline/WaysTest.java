// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WaysTest {
    private final Ways ways = new Ways();
    private final Ways.Key key = new Ways.Key("dmar0", "nic0", 1, 7);

    @Test
    void aGroup_isTimedFromItsFirstRequestToItsAnswer() {
        ways.request(key, 100, 0x1000);
        ways.request(key, 150, 0x2000);
        ways.closed(key, 160);
        ways.taken(key, 200, "h/1");
        ways.answered(key, 500, "SUCCESS");
        assertThat(ways.drain())
                .containsExactly(new TimedGroup("dmar0", "nic0", 7, 0x1000, "h/1", "SUCCESS", 500, 60, 40, 300));
        assertThat(ways.drain()).isEmpty();
    }

    /** A handler that answers within its call returns after the answer; the device may use the index before that. */
    @Test
    void aHandlersEvent_afterTheAnswerAndTheNextRequest_belongsToItsGroup() {
        ways.request(key, 100, 0x1000);
        ways.closed(key, 100);
        ways.answered(key, 130, "SUCCESS");
        ways.request(key, 140, 0x9000);
        ways.taken(key, 110, "h/1");
        ways.closed(key, 140);
        ways.answered(key, 170, "INVALID");
        assertThat(ways.drain())
                .containsExactly(
                        new TimedGroup("dmar0", "nic0", 7, 0x1000, "h/1", "SUCCESS", 130, 0, 10, 20),
                        new TimedGroup("dmar0", "nic0", 7, 0x9000, "", "INVALID", 170, 0, 0, 30));
    }

    @Test
    void aGroupOfWhichTheBeginWasNotRecorded_isLeftOut() {
        ways.answered(key, 130, "SUCCESS");
        ways.closed(key, 140);
        ways.answered(key, 150, "SUCCESS");
        assertThat(ways.drain()).isEmpty();
    }
}
