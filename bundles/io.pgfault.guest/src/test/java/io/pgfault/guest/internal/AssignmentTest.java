// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.Smmuv3FirstStage;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a configuration of a guest can have wrong, and the message that says what to set. */
class AssignmentTest {
    private static final Optional<FirstStage> STREAM = Optional.of(new Smmuv3FirstStage(0x1234_000b, 0));

    private final Assignment assignment =
            new Assignment("io.pgfault.guest.device", "dma0", "00:02.0", "00:02.0", "vm0.sock", "dma0.sock");

    private record Table(TableFormat format) implements RootedTable {
        @Override
        public long root() {
            return 0x1000;
        }

        @Override
        public PhysicalMemory memory() {
            throw new UnsupportedOperationException("memory");
        }

        @Override
        public long walk(long address) {
            return Translation.NONE;
        }
    }

    @Test
    void aUnitWithoutPartOfTheGuestsMemory_isRefused() {
        assertThatThrownBy(() -> assignment.checkStream(
                        "smmuv3", "vsmmu0", Optional.empty(), new Table(TableFormat.AARCH64_FOUR_LEVELS), "program"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("dma0", "vsmmu0", "memory.file");
    }

    @Test
    void aPageTableThatTheUnitDoesNotWalk_isRefused() {
        assertThatThrownBy(() -> assignment.checkStream(
                        "smmuv3", "vsmmu0", STREAM, new Table(TableFormat.X86_FOUR_LEVELS), "program"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("dma0", "program", "aarch64");
        assertThatThrownBy(() ->
                        assignment.checkStream("smmuv3", "vsmmu0", STREAM, address -> Translation.NONE, "program"))
                .hasMessageContaining("aarch64");
    }

    @Test
    void whatTheHostCanRead_isTaken() {
        assertThatCode(() -> {
                    assignment.checkStream(
                            "smmuv3", "vsmmu0", STREAM, new Table(TableFormat.AARCH64_FOUR_LEVELS), "program");
                    assignment.checkStream(
                            "vtd", "vdmar0", Optional.empty(), new Table(TableFormat.X86_FOUR_LEVELS), "program");
                })
                .doesNotThrowAnyException();
    }
}
