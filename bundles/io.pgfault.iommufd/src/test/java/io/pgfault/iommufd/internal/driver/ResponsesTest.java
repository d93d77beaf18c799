// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.userfault.spec.ResponseRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ResponsesTest {
    private final Responses responses = new Responses();
    private final ByteBuffer batch = ByteBuffer.allocateDirect(4 * ResponseRecord.SIZE);

    /** Takes the answers of the next write, each as {@code cookie:code}. */
    private List<String> take() {
        int length = responses.take(batch);
        List<String> taken = new ArrayList<>();
        for (int at = 0; at < length; at += ResponseRecord.SIZE) {
            taken.add(ResponseRecord.cookie(batch, at) + ":" + ResponseRecord.code(batch, at));
        }
        return taken;
    }

    @Test
    void c09_secondAnswerIsDropped_beforeTheWriteAndAfter() {
        long token = responses.admit(1);
        assertThat(responses.answer(token, 0)).isTrue();
        assertThat(responses.answer(token, 1)).isFalse();
        assertThat(take()).containsExactly("1:0");
        assertThat(responses.answer(token, 1)).isFalse();
        responses.written(1);
        assertThat(responses.answer(token, 1)).isFalse();
        assertThat(take()).isEmpty();
    }

    @Test
    void c09_answerOfAGroupWhoseCookieWasGivenAwayAgain_isDropped() {
        long old = responses.admit(1);
        long current = responses.admit(1); // the kernel answered the old one itself
        assertThat(responses.answer(old, 0)).isFalse();
        assertThat(responses.answer(current, 1)).isTrue();
        assertThat(take()).containsExactly("1:1");
        assertThat(responses.stale()).isEqualTo(1);
    }

    @Test
    void c09_waitingAnswerOfAGroupWhoseCookieWasGivenAwayAgain_isNotWritten() {
        long old = responses.admit(1);
        assertThat(responses.answer(old, 0)).isTrue();
        long current = responses.admit(1);
        assertThat(take()).isEmpty();
        assertThat(responses.answer(current, 0)).isTrue();
        assertThat(take()).containsExactly("1:0");
    }

    @Test
    void c15_cookiesOutOfBoundsAreRefused_andTakeNoMemory() {
        assertThat(responses.admit(Responses.COOKIES)).isEqualTo(Responses.NONE);
        assertThat(responses.admit(-1)).isEqualTo(Responses.NONE);
        assertThat(responses.answer(Responses.NONE, 0)).isFalse();
        long token = responses.admit(Responses.COOKIES - 1);
        assertThat(responses.answer(token, 1)).isTrue();
        assertThat(take()).containsExactly(Responses.COOKIES - 1 + ":1");
    }

    @Test
    void answersGoInTheOrderTheyCame_asManyAsABatchHolds() {
        for (int cookie = 1; cookie <= 6; cookie++) {
            responses.answer(responses.admit(cookie), cookie % 2);
        }
        assertThat(take()).containsExactly("1:1", "2:0", "3:1", "4:0");
        assertThat(responses.waiting()).isTrue();
        assertThat(take()).containsExactly("5:1", "6:0");
        assertThat(responses.waiting()).isFalse();
    }

    /** Against a model that knows every group: what is written is the first answer of the group that has the cookie. */
    @Test
    void c09_randomGroupsAndAnswers() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Long> tokens = new ArrayList<>();
        Set<Long> answered = new HashSet<>();
        long[] holder = new long[5000];
        for (int step = 0; step < 50_000; step++) {
            if (random.nextInt(3) > 0) {
                int cookie = random.nextInt(holder.length);
                long token = responses.admit(cookie);
                assertThat(holder[cookie]).as("seed %d: a new token", seed).isNotEqualTo(token);
                holder[cookie] = token;
                tokens.add(token);
            } else if (!tokens.isEmpty()) {
                long token = tokens.get(random.nextInt(tokens.size()));
                int cookie = (int) token;
                boolean wanted = holder[cookie] == token && !answered.contains(token);
                assertThat(responses.answer(token, 0))
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(wanted);
                answered.add(token);
            }
            if (random.nextInt(8) == 0) {
                for (String written : take()) {
                    int cookie = Integer.parseInt(written.substring(0, written.indexOf(':')));
                    assertThat(answered)
                            .as("seed %d: only what was answered", seed)
                            .contains(holder[cookie]);
                    responses.written(cookie);
                }
            }
        }
    }
}
