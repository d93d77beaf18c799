// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TapsTest {
    private final Taps<Tap, Integer> taps = new Taps<>(System.getLogger(TapsTest.class.getName()), Tap::consumed);
    private final ByteBuffer view = ByteBuffer.allocate(64)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(16, 0x0123456789abcdefL)
            .asReadOnlyBuffer();

    interface Tap {
        void consumed(ByteBuffer record, int about);
    }

    @Test
    void everyTap_isShownTheRecord_whateverTheTapBeforeDidToTheView() throws Exception {
        List<String> shown = new ArrayList<>();
        taps.add((record, about) -> {
            shown.add(Long.toHexString(record.getLong()) + " " + about);
            record.order(ByteOrder.BIG_ENDIAN).limit(3);
        });
        AutoCloseable second = taps.add((record, about) -> shown.add(record.remaining() + " " + record.order()));
        taps.show(view, 16, 8, 7);
        assertThat(shown).containsExactly("123456789abcdef 7", "8 LITTLE_ENDIAN");
        second.close();
        second.close();
        taps.show(view, 16, 8, 8);
        assertThat(shown).hasSize(3).last().isEqualTo("123456789abcdef 8");
    }

    @Test
    void c21_aTapThatThrowsAnError_isLogged_andTheOthersGoOn() {
        List<Integer> shown = new ArrayList<>();
        taps.add((record, about) -> {
            throw new NoClassDefFoundError("gone");
        });
        taps.add((record, about) -> shown.add(about));
        taps.show(view, 0, 16, 1);
        taps.show(view, 16, 16, 2);
        assertThat(shown).containsExactly(1, 2);
    }

    @Test
    void oneTapAddedTwice_isRemovedOnceByEachRegistration() throws Exception {
        List<Integer> shown = new ArrayList<>();
        Tap tap = (record, about) -> shown.add(about);
        AutoCloseable first = taps.add(tap);
        AutoCloseable second = taps.add(tap);
        first.close();
        taps.show(view, 0, 16, 1);
        assertThat(shown).containsExactly(1);
        second.close();
        assertThat(taps.isEmpty()).isTrue();
    }
}
