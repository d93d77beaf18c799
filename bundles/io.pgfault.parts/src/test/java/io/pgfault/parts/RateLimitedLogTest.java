// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitedLogTest {
    private final AtomicLong clock = new AtomicLong(5);
    private final Lines lines = new Lines();
    private final RateLimitedLog log = new RateLimitedLog(lines, clock::get);

    @Test
    void oneMessageASecond_andTheNextSaysHowManyWereLeftOut() {
        log.warning(() -> "first");
        log.warning(() -> "second");
        log.error(() -> "third");
        clock.addAndGet(999_999_999);
        log.warning(() -> "fourth");
        clock.incrementAndGet();
        log.error(() -> "fifth");
        assertThat(lines.texts).containsExactly("WARNING first", "ERROR fifth (3 more were not logged)");
    }

    @Test
    void aMessageThatIsLeftOut_isNotBuilt() {
        log.warning(() -> "first");
        log.warning(() -> {
            throw new AssertionError("built");
        });
        assertThat(lines.texts).hasSize(1);
    }

    @Test
    void c21_aCauseThatCannotBePrinted_isNamed() {
        lines.printing = new StackOverflowError();
        log.warning(() -> "handler failed", new IllegalStateException("x"));
        assertThat(lines.texts)
                .containsExactly(
                        "WARNING handler failed (the cause, java.lang.IllegalStateException, can't be printed: "
                                + "java.lang.StackOverflowError)");
    }

    /** Keeps what is logged; throws {@link #printing} where there is a cause to print. */
    private static final class Lines implements System.Logger {
        private final List<String> texts = new ArrayList<>();
        private Error printing;

        @Override
        public String getName() {
            return "lines";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (thrown != null && printing != null) {
                throw printing;
            }
            texts.add(level + " " + message);
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... params) {
            texts.add(level + " " + format);
        }
    }
}
