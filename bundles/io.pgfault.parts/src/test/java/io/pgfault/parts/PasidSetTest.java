// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PasidSetTest {
    private final PasidSet set = new PasidSet();

    @Test
    void everyPasidThatWasAdded_isShownOnce_inAscendingOrder() {
        List.of(0xfffff, 5, 63, 64, 0, 5).forEach(set::add);
        List<Integer> shown = new ArrayList<>();
        set.forEach(shown::add);
        assertThat(shown).containsExactly(0, 5, 63, 64, 0xfffff);
    }

    @Test
    void aNumberThatIsNoPasid_isNotInTheSet() {
        assertThat(set.contains(3)).isFalse();
        set.add(3);
        assertThat(set.contains(3)).isTrue();
        assertThat(set.contains(-1)).isFalse();
        assertThat(set.contains(1 << 20)).isFalse();
    }
}
