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

class AnswersTest {
    private final Answers answers = new Answers();
    private final ByteBuffer batch = ByteBuffer.allocateDirect(4 * ResponseRecord.SIZE);

    /** What a write would carry, {@code cookie:code}. */
    private List<String> take() {
        int length = answers.take(batch);
        List<String> taken = new ArrayList<>();
        for (int at = 0; at < length; at += ResponseRecord.SIZE) {
            taken.add(ResponseRecord.cookie(batch, at) + ":" + ResponseRecord.code(batch, at));
        }
        return taken;
    }

    @Test
    void c09_secondAnswerIsDropped_beforeTheWriteAndAfter() {
        long token = answers.admit(1);
        assertThat(answers.answer(token, 0)).isTrue();
        assertThat(answers.answer(token, 1)).isFalse();
        assertThat(take()).containsExactly("1:0");
        assertThat(answers.answer(token, 1)).isFalse();
        answers.written(1);
        assertThat(answers.answer(token, 1)).isFalse();
        assertThat(take()).isEmpty();
    }

    @Test
    void c09_answerOfAGroupWhoseCookieWasGivenAwayAgain_isDropped() {
        long old = answers.admit(1);
        long current = answers.admit(1); // the kernel answered the old one itself
        assertThat(answers.answer(old, 0)).isFalse();
        assertThat(answers.answer(current, 1)).isTrue();
        assertThat(take()).containsExactly("1:1");
        assertThat(answers.stale()).isEqualTo(1);
    }

    @Test
    void c09_waitingAnswerOfAGroupWhoseCookieWasGivenAwayAgain_isNotWritten() {
        long old = answers.admit(1);
        assertThat(answers.answer(old, 0)).isTrue();
        long current = answers.admit(1);
        assertThat(take()).isEmpty();
        assertThat(answers.answer(current, 0)).isTrue();
        assertThat(take()).containsExactly("1:0");
    }

    @Test
    void c15_cookiesOutOfBoundsAreRefused_andTakeNoMemory() {
        assertThat(answers.admit(Answers.COOKIES)).isEqualTo(Answers.NONE);
        assertThat(answers.admit(-1)).isEqualTo(Answers.NONE);
        assertThat(answers.answer(Answers.NONE, 0)).isFalse();
        long token = answers.admit(Answers.COOKIES - 1);
        assertThat(answers.answer(token, 1)).isTrue();
        assertThat(take()).containsExactly(Answers.COOKIES - 1 + ":1");
    }

    @Test
    void answersGoInTheOrderTheyCame_asManyAsABatchHolds() {
        for (int cookie = 1; cookie <= 6; cookie++) {
            answers.answer(answers.admit(cookie), cookie % 2);
        }
        assertThat(take()).containsExactly("1:1", "2:0", "3:1", "4:0");
        assertThat(answers.waiting()).isTrue();
        assertThat(take()).containsExactly("5:1", "6:0");
        assertThat(answers.waiting()).isFalse();
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
                long token = answers.admit(cookie);
                assertThat(holder[cookie]).as("seed %d: a new token", seed).isNotEqualTo(token);
                holder[cookie] = token;
                tokens.add(token);
            } else if (!tokens.isEmpty()) {
                long token = tokens.get(random.nextInt(tokens.size()));
                int cookie = (int) token;
                boolean wanted = holder[cookie] == token && !answered.contains(token);
                assertThat(answers.answer(token, 0))
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
                    answers.written(cookie);
                }
            }
        }
    }
}
