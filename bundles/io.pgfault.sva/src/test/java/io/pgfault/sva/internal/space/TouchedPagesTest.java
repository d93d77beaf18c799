// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The marks of touched pages: set by walks of devices, cleared on request and with the page. */
class TouchedPagesTest {
    private static final long AT = 0x7000_0000_0000L;
    private static final long PAGE = Translation.PAGE_SIZE;

    private final ProcessAddressSpace space =
            new RootedAddressSpace("a", TableFormat.X86_FOUR_LEVELS, new SystemMemory(1024));

    private void populate(long pages) {
        space.mmap(AT, pages * PAGE, READ | WRITE, false);
        for (long i = 0; i < pages; i++) {
            space.populate(AT + i * PAGE, WRITE);
        }
    }

    private List<Long> touched(long address, long length) {
        List<Long> found = new ArrayList<>();
        space.touched(address, length, found::add);
        return found;
    }

    private List<Long> touched() {
        return touched(0, -1L);
    }

    @Test
    void aPageThatWasPopulatedOnly_isNotTouched() {
        populate(4);
        assertThat(space.isResident(AT, READ)).isTrue();
        assertThat(touched()).isEmpty();
    }

    @Test
    void aWalkThatFindsThePage_touchesThePage() {
        populate(200);
        space.walk(AT + 150 * PAGE + 17);
        space.walk(AT + 3 * PAGE);
        space.walk(AT + 63 * PAGE);
        space.walk(AT + 64 * PAGE);
        space.walk(AT + 127 * PAGE);
        assertThat(touched())
                .containsExactly(AT + 3 * PAGE, AT + 63 * PAGE, AT + 64 * PAGE, AT + 127 * PAGE, AT + 150 * PAGE);
    }

    @Test
    void aWalkThatFindsNothing_touchesNothing() {
        space.mmap(AT, 2 * PAGE, READ | WRITE, false);
        space.walk(AT);
        space.populate(AT, READ);
        assertThat(touched()).isEmpty();
    }

    @Test
    void aRange_hasThePagesThatItsBytesLieIn() {
        populate(4);
        for (long i = 0; i < 4; i++) {
            space.walk(AT + i * PAGE);
        }
        assertThat(touched(AT + PAGE + 1, 1)).containsExactly(AT + PAGE);
        assertThat(touched(AT + PAGE + 4095, 2)).containsExactly(AT + PAGE, AT + 2 * PAGE);
        assertThat(touched(AT, 4 * PAGE)).hasSize(4);
        assertThatIllegalArgumentException().isThrownBy(() -> touched(AT, 0)).withMessageContaining("no range");
        assertThatIllegalArgumentException().isThrownBy(() -> touched(-PAGE, 2 * PAGE));
    }

    @Test
    void clearing_dropsTheMarksThenTellsTheDevices() {
        populate(3);
        for (long i = 0; i < 3; i++) {
            space.walk(AT + i * PAGE);
        }
        List<String> told = new ArrayList<>();
        space.register((first, last) ->
                told.add("%x-%x %d".formatted(first, last, touched().size())));
        space.clearTouched(AT + PAGE, 2 * PAGE);
        assertThat(told).as("range and marks left at the invalidation").containsExactly("700000001000-700000002fff 1");
        assertThat(touched()).containsExactly(AT);
        space.walk(AT + 2 * PAGE);
        assertThat(touched()).containsExactly(AT, AT + 2 * PAGE);
    }

    @Test
    void aPageThatIsUnmappedAndMappedAgain_isNotTouched() {
        populate(2);
        space.walk(AT);
        space.munmap(AT, PAGE);
        assertThat(touched()).isEmpty();
        space.mmap(AT, PAGE, READ | WRITE, false);
        space.populate(AT, WRITE);
        assertThat(touched()).isEmpty();
    }

    @Test
    void touchedPages_areThoseOfASet() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        populate(500);
        Set<Long> model = new HashSet<>();
        for (int step = 0; step < 5_000; step++) {
            long page = AT + random.nextInt(500) * PAGE;
            int count = 1 + random.nextInt(20);
            if (random.nextInt(50) == 0) {
                space.clearTouched(page, count * PAGE);
                model.removeIf(touched -> touched >= page && touched < page + count * PAGE);
            } else {
                space.walk(page);
                model.add(page);
            }
        }
        assertThat(touched()).as("seed %d", seed).isSorted().containsExactlyInAnyOrderElementsOf(model);
    }
}
